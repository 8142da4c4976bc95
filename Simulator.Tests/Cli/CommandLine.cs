using System.Diagnostics;

namespace DmaBufSim.Tests.Cli;

/// <summary>What a call of the command gave.</summary>
internal sealed record Called(int Code, string Output, string Error);

/// <summary>Calls the command as a process, as it was built together with the tests.</summary>
internal static class CommandLine
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // bin/CONFIGURATION/FRAMEWORK lies below every project.
    private static readonly DirectoryInfo Built = new(AppContext.BaseDirectory.TrimEnd('/', '\\'));

    /// <summary>The top of the repository.</summary>
    public static string Root { get; } = Built.Parent!.Parent!.Parent!.Parent!.FullName;

    /// <summary>The command.</summary>
    public static string Command { get; } =
        Output("tools/dmabuf-sim", OperatingSystem.IsWindows() ? "dmabuf-sim.exe" : "dmabuf-sim");

    /// <summary>The plug-in that is an example.</summary>
    public static string ExamplePlugin { get; } = Output("examples/one-block-heap", "OneBlockHeap.dll");

    /// <summary>The tenant that is an example.</summary>
    public static string ExampleTenant { get; } = Output("examples/launching-app", "LaunchingApp.dll");

    /// <summary>These tests, which are a plug-in too: they have heaps that break the rules.</summary>
    public static string FaultyPlugin { get; } = typeof(CommandLine).Assembly.Location;

    /// <summary>Calls the command.</summary>
    public static Called Call(params string[] arguments) => CallIn(null, "", arguments);

    /// <summary>Calls the command in a folder.</summary>
    /// <param name="folder">Where, or null for here.</param>
    /// <param name="input">What comes from standard input.</param>
    /// <param name="arguments">The words behind the command.</param>
    public static Called CallIn(string? folder, string input, params string[] arguments) =>
        Start(Command, folder, input, arguments, []);

    /// <summary>Calls a line of the POSIX shell in a folder; <c>$SIM</c> is the command.</summary>
    public static Called Sh(string? folder, string line, params (string Name, string? Value)[] environment) =>
        Start("/bin/sh", folder, "", ["-c", line], environment);

    private static Called Start(
        string program, string? folder, string input, string[] arguments, (string Name, string? Value)[] environment)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SIM"] = Command;
        start.Environment.Remove("NO_COLOR");
        foreach ((string name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        WriteInput(process, input);
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)}");
        }

        return new Called(process.ExitCode, output.Result, error.Result);
    }

    private static void WriteInput(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading everything.
        }
    }

    private static string Output(string project, string file) => Path.Combine(
        Root, project.Replace('/', Path.DirectorySeparatorChar), "bin", Built.Parent!.Name, Built.Name, file);
}
