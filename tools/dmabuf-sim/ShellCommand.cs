using System.CommandLine;

namespace DmaBufSim.Cli;

internal static class ShellCommand
{
    public static Command Make() => new("shell", "Plays the verbs of scenarios at a prompt.");
}
