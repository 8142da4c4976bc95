namespace DmaBufSim.Tests.Scenarios;

/// <summary>Transcripts of real kernels that lie beside the tests, where they do.</summary>
internal static class TranscriptSources
{
    private static readonly string[] KnownKinds =
        ["alloc", "mmap", "cpu", "sync", "importer", "cma", "pins", "fence", "process", "tee", "udmabuf"];

    /// <summary>The files of the kinds whose verbs are known, in order.</summary>
    public static IReadOnlyList<string> Known() => Files(known: true);

    /// <summary>The other files, in order.</summary>
    public static IReadOnlyList<string> Others() => Files(known: false);

    /// <summary>The files of one kind, in order.</summary>
    public static IReadOnlyList<string> OfKind(string kind) => Files(name => name == kind);

    private static IReadOnlyList<string> Files(bool known) => Files(name => KnownKinds.Contains(name) == known);

    private static IReadOnlyList<string> Files(Func<string, bool> hasKind)
    {
        string? folder = Find();
        return folder is null
            ? []
            : [.. Directory.EnumerateFiles(folder, "*.heap", SearchOption.AllDirectories)
                .Where(file => hasKind(Path.GetFileName(file).Split('-')[0]))
                .Order(StringComparer.Ordinal)];
    }

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            foreach (string place in (string[])["Conformance/kernel-traces", "Simulator.Tests/Conformance/kernel-traces"])
            {
                string folder = Path.Combine(at.FullName, place);
                if (Directory.Exists(folder))
                {
                    return folder;
                }
            }
        }

        return null;
    }
}
