using System.IO.Enumeration;
using DmaBufSim.Scenarios.Reading;

namespace DmaBufSim.Cli;

/// <summary>The scenario files that a command line names.</summary>
internal static class ScenarioFiles
{
    /// <summary>The ending of scenario files.</summary>
    public const string Ending = ".heap";

    /// <summary>
    /// The files of a command line in its order; those of a folder, with all folders below it, by their names.
    /// </summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="mistakes">Takes a line for each path that leads to nothing.</param>
    public static List<string> Find(IEnumerable<string> paths, List<string> mistakes)
    {
        List<string> files = [];
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                AddFile(path, files, mistakes);
                continue;
            }

            try
            {
                List<string> found = [.. Below(path).Order(NaturalOrder.Instance)];
                files.AddRange(found);
                if (found.Count == 0)
                {
                    mistakes.Add($"{path}: no file in this folder ends in {Ending}");
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                mistakes.Add($"{path}: the folder cannot be read: {exception.Message}");
            }
        }

        return files;
    }

    private static void AddFile(string path, List<string> files, List<string> mistakes)
    {
        if (path.Length == 0)
        {
            mistakes.Add("'': an empty name is no file");
        }
        else if (path[0] == '-' && !File.Exists(path))
        {
            string near = Spelling.Suggest(path, RunCommand.OptionNames()) is { } option
                ? $"did you mean '{option}'?"
                : "`dmabuf-sim run --help` lists the options";
            mistakes.Add($"{path}: there is no such option or file; {near}");
        }
        else
        {
            files.Add(path);
        }
    }

    // Links to folders are not followed: they may lead back.
    private static FileSystemEnumerable<string> Below(string folder) => new(
        folder,
        static (ref entry) => entry.ToSpecifiedFullPath(),
        new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = false,
            AttributesToSkip = FileAttributes.None,
        })
    {
        ShouldIncludePredicate = static (ref entry) =>
            !entry.IsDirectory && entry.FileName.EndsWith(Ending, StringComparison.Ordinal),
        ShouldRecursePredicate = static (ref entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
    };

    /// <summary>Orders names as people do: 2 before 10.</summary>
    private sealed class NaturalOrder : IComparer<string>
    {
        public static readonly NaturalOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            string one = x ?? "";
            string other = y ?? "";
            int i = 0;
            int j = 0;
            while (i < one.Length && j < other.Length)
            {
                int order = char.IsAsciiDigit(one[i]) && char.IsAsciiDigit(other[j])
                    ? CompareNumbers(one, ref i, other, ref j)
                    : one[i++].CompareTo(other[j++]);
                if (order != 0)
                {
                    return order;
                }
            }

            int rest = (one.Length - i).CompareTo(other.Length - j);
            return rest != 0 ? rest : string.CompareOrdinal(one, other);
        }

        private static int CompareNumbers(string one, ref int i, string other, ref int j)
        {
            ReadOnlySpan<char> left = TakeNumber(one, ref i);
            ReadOnlySpan<char> right = TakeNumber(other, ref j);
            return left.Length != right.Length
                ? left.Length.CompareTo(right.Length)
                : left.CompareTo(right, StringComparison.Ordinal);
        }

        private static ReadOnlySpan<char> TakeNumber(string text, ref int at)
        {
            int start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            return text.AsSpan(start, at - start).TrimStart('0');
        }
    }
}
