using StableQuant;
using StableQuant.ModelProgram;

// WEIGHTS, then what Watched takes.
var weights = new Lazy<SpeechWeights>(() => SpeechWeights.Open(args[0]));
return Watched.Run(args.AsSpan(1), () => new CompiledHearing(weights.Value));
