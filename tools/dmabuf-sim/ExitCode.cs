namespace DmaBufSim.Cli;

/// <summary>What the command tells the shell that called it.</summary>
internal static class ExitCode
{
    /// <summary>Everything came out as it had to.</summary>
    public const int Ok = 0;

    /// <summary>A step came out otherwise, or a verdict is broken.</summary>
    public const int Wrong = 1;

    /// <summary>
    /// A mistake in the command line, a file or a plug-in: nothing was run. Or the output cannot be written.
    /// </summary>
    public const int Mistake = 2;

    /// <summary>The simulated machine crashed where the scenario did not expect it.</summary>
    public const int Crash = 3;

    /// <summary>
    /// A heap of a plug-in broke the rules, the simulator contradicts itself, or the computer has no memory left.
    /// </summary>
    public const int Fault = 4;
}
