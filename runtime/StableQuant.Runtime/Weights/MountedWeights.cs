using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StableQuant.Decoding;

namespace StableQuant.Weights;

/// <summary>A weights file that says itself what it is (<see cref="ShapeSection"/>), mapped; what of it depends on a class is checked once, for the first one.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed unsafe class MountedWeights
{
    private readonly Lock gate = new();
    private readonly MappedFile file;
    private readonly byte* pointer;
    private readonly ShapeSection section;
    private bool isChecked;

    private MountedWeights(string path, MappedFile file, byte* pointer, ShapeSection section)
    {
        Name = path;
        this.file = file;
        this.pointer = pointer;
        this.section = section;
    }

    /// <summary>Unmaps the file: nobody reads it any more.</summary>
    ~MountedWeights()
    {
        file.Dispose();
        NativeMemory.AlignedFree(Expanded);
    }

    /// <summary>The first byte of weights that were expanded, see <see cref="IndexContent"/>; null where there are none.</summary>
    public byte* Expanded { get; private set; }

    /// <summary>The first byte.</summary>
    /// <exception cref="InvalidDataException">The file has changed since.</exception>
    public byte* Pointer
    {
        get
        {
            file.ThrowIfChanged();
            return pointer;
        }
    }

    /// <summary>The grids, in the order of the description; checked when they were read.</summary>
    public MountedGrid* Grids => (MountedGrid*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(section.Grids));

    /// <summary>Where the head's constants are.</summary>
    public MountedHead Head => section.Head;

    /// <summary>The tokens.</summary>
    public CtcVocabulary Vocabulary => section.Vocabulary;

    internal string Name { get; }

    internal string Shape => section.Shape;

    internal static MountedWeights Open(string path)
    {
        MappedFile file = MappedFile.Open(path);
        try
        {
            if (file.Length > int.MaxValue)
            {
                throw new InvalidDataException(FormattableString.Invariant($"{path}: {file.Length} bytes are too many for a weights file."));
            }

            // An empty file cannot be mapped.
            byte* pointer = file.Length == 0 ? null : file.Map();
            return new MountedWeights(path, file, pointer, ShapeSection.Read(path, new ReadOnlySpan<byte>(pointer, (int)file.Length)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal void Check(string model, string shape, int grids, Func<MountedWeights, WeightsContent> content)
    {
        if (shape != Shape)
        {
            throw new InvalidDataException(
                $"{Name}: its shape is {Shape}, but {model} was compiled for {shape}. A class mounts weights of models with the same layers and widths, calibrated with the same --outliers, --allow-float and --weight-bits; compile the .sqmodel beside this file as a class of its own.");
        }

        lock (gate)
        {
            if (isChecked)
            {
                return;
            }

            if (section.Grids.Length != grids)
            {
                throw new InvalidDataException(
                    FormattableString.Invariant($"{Name}: it has {section.Grids.Length} grids, but its shape has {grids}. The file is not what calibration writes; calibrate again."));
            }

            WeightsContent found = content(this);
            WeightsCheck.CheckPlaces(Name, found, section.ConstantBytes);
            WeightsCheck.Run(Name, pointer, found);
            Expanded = WeightsCheck.Expand(Name, pointer, found);
            isChecked = true;
        }
    }
}
