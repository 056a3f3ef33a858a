using StableQuant.Kernels;
using StableQuant.Kernels.Gemm;
using StableQuant.Runtime.Tests.Kernels;

// For each instruction set of Arm that this processor has: its name, and how many random tiles have the sums of plain loops.
const int Tiles = 300;
foreach (InstructionSet set in (InstructionSet[])[InstructionSet.Neon, InstructionSet.ArmDp, InstructionSet.ArmI8mm])
{
    if (!InstructionSets.IsSupported(set))
    {
        continue;
    }

    InstructionSets.OnThisThread = set;
    MicroKernel kernel = InstructionSets.MicroKernel;
    var random = new Random(12);
    int right = 0;
    for (; right < Tiles; right++)
    {
        if (GuardedTile.Difference(kernel, random) is { } difference)
        {
            Console.WriteLine($"{InstructionSets.Name(set)}: {difference}");
            return 1;
        }
    }

    Console.WriteLine($"{InstructionSets.Name(set)}: {right}");
}

return 0;
