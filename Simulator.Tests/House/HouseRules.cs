using System.Text.RegularExpressions;

namespace DmaBufSim.Tests.House;

/// <summary>The rules of the house. Each looks at sources and tells what it finds wrong.</summary>
internal static partial class HouseRules
{
    public const int LongestLine = 120;
    public const int LongestFile = 350;

    private static readonly (string Pattern, string Instead)[] Banned =
    [
        (@"\bDateTime(Offset)?\s*\.\s*(Now|UtcNow|Today)\b", "simulated time"),
        (@"\b(Stopwatch|TimeProvider|Timer)\b", "simulated time"),
        (@"\bEnvironment\s*\.\s*TickCount", "simulated time"),
        (@"\b(Random|RandomNumberGenerator)\b", "RandomStream"),
        (@"\bGuid\s*\.\s*NewGuid\b", "RandomStream"),
        (@"\b(Thread|ThreadPool|Parallel|Barrier)\b", "one thread"),
        (@"\bTask\s*\.\s*(Run|Delay|Factory)\b", "one thread"),
        (@"\bConsole\b", "a trace sink"),
        (@"\bGC\s*\.\s*Collect\b", "nothing"),
        (@"\bHashCode\b", "Fnv1a"),
        (@"\.\s*GetHashCode\s*\(", "Fnv1a"),
    ];

    /// <summary>A room uses only the rooms that its row in the table names.</summary>
    public static IEnumerable<string> Direction(IEnumerable<Source> sources)
    {
        string names = string.Join('|', Rooms.All);
        Regex uses = new($@"\bDmaBufSim\s*\.\s*(\w+)|(?<![\w.@])({names})\s*\.\s*[A-Z]");
        foreach (Source source in sources)
        {
            foreach (Match match in uses.Matches(source.Code))
            {
                string other = match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;
                if (source.Room is null || !Rooms.MayUse(source.Room, other))
                {
                    yield return $"{source.Path}: {source.Room ?? "no room"} may not use {other}";
                }
            }

            if (Regex.IsMatch(source.Code, @"\bglobal\s+using\b"))
            {
                yield return $"{source.Path}: a global using hides who uses whom";
            }
        }
    }

    /// <summary>Nothing that differs from run to run, no thread, no console.</summary>
    public static IEnumerable<string> BannedSymbols(IEnumerable<Source> sources) =>
        from source in sources
        from banned in Banned
        from Match match in Regex.Matches(source.Code, banned.Pattern)
        select $"{source.Path}: {match.Value} is banned; use {banned.Instead}";

    /// <summary>Logging and containers appear in Hosting alone.</summary>
    public static IEnumerable<string> EdgeOnly(IEnumerable<Source> sources) =>
        from source in sources
        where source.Room != "Hosting"
        from Match match in Regex.Matches(source.Code, @"\b(Serilog|Microsoft\s*\.\s*Extensions)\b")
        select $"{source.Path}: {match.Value} belongs into Hosting";

    /// <summary>Packages that draw, and what is made with them, are of no use to the library.</summary>
    public static IEnumerable<string> Drawing(IEnumerable<Source> sources) =>
        from source in sources
        from Match match in Regex.Matches(source.Code, @"\b(SkiaSharp|ICSharpCode|DmaBufSim\s*\.\s*Pictures)\b")
        select $"{source.Path}: {match.Value} belongs into Pictures";

    /// <summary>The folder is the namespace.</summary>
    public static IEnumerable<string> FolderIsNamespace(IEnumerable<Source> sources)
    {
        foreach (Source source in sources)
        {
            string folder = source.Path[..source.Path.LastIndexOf('/')];
            string rooted = folder.StartsWith("Simulator", StringComparison.Ordinal) ? folder : $"Simulator/{folder}";
            string expected = "DmaBuf" + Regex.Replace(rooted, "^Simulator", "Sim").Replace('/', '.');
            Match found = Regex.Match(source.Code, @"(?m)^\s*namespace\s+([\w.]+)\s*(;)?");
            if (found.Success && (found.Groups[1].Value != expected || !found.Groups[2].Success))
            {
                yield return $"{source.Path}: expected 'namespace {expected};'";
            }
        }
    }

    /// <summary>Files are short.</summary>
    public static IEnumerable<string> FileLengths(IEnumerable<Source> sources) =>
        from source in sources
        let lines = source.Lines.Length - (source.Text.EndsWith('\n') ? 1 : 0)
        where lines > LongestFile
        select $"{source.Path}: {lines} lines, more than {LongestFile}";

    /// <summary>Lines are short.</summary>
    public static IEnumerable<string> LineLengths(IEnumerable<Source> sources) =>
        from source in sources
        from line in source.Lines.Select((text, index) => (text.Length, Number: index + 1))
        where line.Length > LongestLine
        select $"{source.Path}: line {line.Number} has {line.Length} characters";

    /// <summary>No regions, and no names that say nothing.</summary>
    public static IEnumerable<string> Names(IEnumerable<Source> sources)
    {
        foreach (Source source in sources)
        {
            if (Regex.IsMatch(source.Code, @"(?m)^\s*#\s*region\b"))
            {
                yield return $"{source.Path}: #region; split the file";
            }

            foreach (Match match in TypeName().Matches(source.Code))
            {
                yield return $"{source.Path}: {match.Groups[1].Value} names no thing";
            }
        }
    }

    /// <summary>Nothing is iterated in hash order.</summary>
    public static IEnumerable<string> HashOrder(IEnumerable<Source> sources)
    {
        // The parts of a partial class share their fields.
        foreach (IGrouping<string, Source> type in sources.GroupBy(source => source.Path.Split('.')[0]))
        {
            string code = string.Join('\n', type.Select(source => source.Code));
            string[] hashed =
            [
                .. HashedDeclaration().Matches(code).Select(match => match.Groups[1].Value),
                .. HashedCreation().Matches(code).Select(match => match.Groups[1].Value),
            ];
            foreach (string name in hashed.Distinct())
            {
                string all = $@"(this\s*\.\s*)?{name}(\s*\.\s*(Keys|Values))?";
                string walk = $@"(?<![\w.]){all}\s*\.\s*(Select|Where|First|Last|To[A-Z]|Aggregate)\w*\s*\(";
                if (Regex.IsMatch(code, $@"\bin\s+{all}\s*\)") || Regex.IsMatch(code, walk))
                {
                    yield return $"{type.First().Path}: {name} is walked in hash order";
                }
            }
        }
    }

    /// <summary>No static state: two machines in one process never notice each other.</summary>
    public static IEnumerable<string> StaticState(IEnumerable<Source> sources) =>
        from source in sources
        from Match match in StaticField().Matches(source.Code)
        where !Regex.IsMatch(match.Value, @"\b(readonly|const|class|record|struct|delegate|event|using|operator)\b|=>")
        select $"{source.Path}: {match.Value.Trim()} is static state";

    /// <summary>A room's page has the four headings.</summary>
    public static IEnumerable<string> Page(string room, string? text)
    {
        if (text is null)
        {
            yield return $"{room}: README.md is missing";
            yield break;
        }

        int last = -1;
        foreach (string heading in (string[])["Models", "Leaves out", "Refuses", "Differs from Linux"])
        {
            int at = $"\n{text}".IndexOf($"\n## {heading}\n", StringComparison.Ordinal);
            if (at <= last)
            {
                yield return $"{room}: README.md has no '## {heading}' in its place";
            }

            last = Math.Max(at, last);
        }

        if (!text.StartsWith($"# {room}\n", StringComparison.Ordinal))
        {
            yield return $"{room}: README.md does not start with '# {room}'";
        }
    }

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum)\s+(\w*(?:Manager|Helper|Util)s?)\b")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"(?<!\w)(?:Immutable|Frozen|Concurrent)?(?:Dictionary|HashSet)<[^;={}]*>\??\s+(\w+)")]
    private static partial Regex HashedDeclaration();

    [GeneratedRegex(@"\b(\w+)\s*=\s*new\s+(?:Dictionary|HashSet)<")]
    private static partial Regex HashedCreation();

    [GeneratedRegex(@"(?m)^[^\S\n]*(?:\w+\s+)*static\s+[^(){};=]*(?:=[^=>]|;|\{\s*get;[^}]*set;)")]
    private static partial Regex StaticField();
}
