using System.Collections.Immutable;
using DmaBufSim.Machines;

namespace DmaBufSim.Scenarios;

/// <summary>Reads scenario files.</summary>
public static class ScenarioParser
{
    /// <summary>Reads a scenario.</summary>
    public static ParsedScenario Parse(string file, ReadOnlySpan<byte> utf8, ImmutableArray<string> heapTypes = default) =>
        throw new NotImplementedException();

    /// <summary>Reads a scenario.</summary>
    public static ParsedScenario Parse(string file, string text, ImmutableArray<string> heapTypes = default) =>
        throw new NotImplementedException();

    /// <summary>Reads a scenario from a file.</summary>
    public static ParsedScenario ParseFile(string path, ImmutableArray<string> heapTypes = default) =>
        throw new NotImplementedException();

    /// <summary>Reads a single step.</summary>
    public static ParsedStep ParseStep(string line, MachineDescription machine, string file = "input", int number = 1) =>
        throw new NotImplementedException();
}
