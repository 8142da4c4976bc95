using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>A folder for the files of one test, and words for what is done in it.</summary>
public abstract class CommandTests
{
    /// <summary>A scenario of which everything comes out as it must.</summary>
    protected const string Good = """
        # A buffer, seen by a program.
        machine memory=64MiB
        heap system
        device gpu

        b = alloc system 8KiB     -> ok size=8192
        m = mmap b 0 8KiB rw shared
        fill m 0 8KiB 0x5a                          # every byte
        hash m 0 8KiB             -> ok first=5a
        close b
        close b                   -> EBADF

        always every frame has one owner

        """;

    /// <summary>A scenario of which one step comes out otherwise.</summary>
    protected const string Wrong = """
        heap system
        b = alloc system 0 -> ok size=4096

        """;

    /// <summary>A scenario that crashes where it does not say so.</summary>
    protected const string Crashing = """
        heap system
        device probe0
        b = alloc system 4KiB
        a = attach probe0 b
        map a none
        close b

        """;

    private DirectoryInfo folder = null!;

    /// <summary>The folder.</summary>
    protected string Folder => folder.FullName;

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("dmabuf-sim-");

    [TearDown]
    public void DeleteFolder() => folder.Delete(recursive: true);

    /// <summary>Writes a file.</summary>
    private protected string Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Reads a file.</summary>
    private protected string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>Calls the command in the folder.</summary>
    private protected Called Call(params string[] arguments) => CommandLine.CallIn(Folder, "", arguments);

    /// <summary>Calls the command in the folder, with lines at its standard input.</summary>
    private protected Called Type(string input, params string[] arguments) =>
        CommandLine.CallIn(Folder, input, arguments);

    /// <summary>Calls a line of the shell in the folder.</summary>
    private protected Called Sh(string line, params (string Name, string? Value)[] environment)
    {
        if (!File.Exists("/bin/sh"))
        {
            Assert.Ignore("no /bin/sh");
        }

        return CommandLine.Sh(Folder, line, environment);
    }

    /// <summary>Checks that a call has ended with a code and without the traces of an exception.</summary>
    private protected static void Ends(Called called, int code)
    {
        Assert.That(called.Code, Is.EqualTo(code), called.Error + called.Output);
        Assert.That(called.Error + called.Output, Does.Not.Match(@"(?m)^\s+at \w|Unhandled"));
    }
}
