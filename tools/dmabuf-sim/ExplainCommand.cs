using System.CommandLine;

namespace DmaBufSim.Cli;

internal static class ExplainCommand
{
    public static Command Make() => new("explain", "Tells what an errno or a reason means here, and when one meets it.");
}
