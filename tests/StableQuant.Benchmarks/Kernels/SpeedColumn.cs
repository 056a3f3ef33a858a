using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace StableQuant.Benchmarks.Kernels;

/// <summary>A column of what a benchmark does a second, by its median.</summary>
/// <param name="name">The column's name.</param>
/// <param name="legend">What it is.</param>
/// <param name="format">How its numbers are written.</param>
/// <param name="work">How much a benchmark does in a call: what it does in a nanosecond is 10⁹ of it a second.</param>
internal sealed class SpeedColumn(string name, string legend, string format, Func<BenchmarkCase, long> work) : IColumn
{
    public string Id => nameof(SpeedColumn);

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics ? (work(benchmarkCase) / statistics.Median).ToString(format, CultureInfo.InvariantCulture) : "-";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);
}
