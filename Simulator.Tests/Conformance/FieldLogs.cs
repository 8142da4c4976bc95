using System.Text.Json;

namespace DmaBufSim.Tests.Conformance;

/// <summary>The files of facts that people published, each with its source.</summary>
internal static class FieldLogs
{
    private static readonly string Folder = Find();

    /// <summary>Their names, in order.</summary>
    public static IEnumerable<string> Files() =>
        Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    /// <summary>What one of them says.</summary>
    public static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file))).RootElement;

    /// <summary>The words of a list.</summary>
    public static string[] Words(this JsonElement list) => [.. list.EnumerateArray().Select(word => word.GetString()!)];

    /// <summary>The number under a key.</summary>
    public static int Number(this JsonElement log, string key) => log.GetProperty(key).GetInt32();

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "Simulator.Tests/Conformance/field-logs");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException("field-logs");
    }
}
