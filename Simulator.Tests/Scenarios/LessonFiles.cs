namespace DmaBufSim.Tests.Scenarios;

/// <summary>The scenarios of the repository and their manual.</summary>
internal static class LessonFiles
{
    private const string FolderName = "scenarios";
    private const string ManualName = "README.md";

    /// <summary>The folder of the scenarios.</summary>
    public static string Folder { get; } = Find();

    /// <summary>The manual of the language.</summary>
    public static string Manual => File.ReadAllText(Path.Combine(Folder, ManualName));

    /// <summary>Every scenario, in order.</summary>
    public static IReadOnlyList<string> All() =>
        [.. Directory.EnumerateFiles(Folder, "*.heap", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>How a test calls a scenario.</summary>
    public static string NameOf(string file) => Path.GetRelativePath(Folder, file).Replace('\\', '/');

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, FolderName);
            if (File.Exists(Path.Combine(folder, ManualName)))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException($"no folder '{FolderName}' above {AppContext.BaseDirectory}");
    }
}
