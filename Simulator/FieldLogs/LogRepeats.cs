using System.Collections.Immutable;
using static System.FormattableString;

namespace DmaBufSim.FieldLogs;

/// <summary>
/// Joins explanations that are word for word the same, and tells the first so many of those that differ; of the others
/// how many there were.
/// </summary>
/// <param name="tellsAll">Whether all are told, one after the other, and only neighbours are joined.</param>
/// <remarks><b>Cost:</b> one lookup of the text each; memory and the rest for those that are told.</remarks>
internal sealed class LogRepeats(bool tellsAll)
{
    /// <summary>How many different explanations are told.</summary>
    public const int Most = 100;

    private const int MostTitles = 20;

    private readonly List<Told> told = [];
    private readonly Dictionary<string, Told> byText = new(StringComparer.Ordinal);
    private readonly List<Told> passed = [];
    private readonly Told others = new(0, "others", []);
    private long first;
    private long last;
    private long count;

    /// <summary>Takes an explanation.</summary>
    /// <param name="line">The line that it is about.</param>
    /// <param name="title">What it is about.</param>
    /// <param name="text">What is said.</param>
    /// <param name="mark">Where this differs, the rest does, too.</param>
    /// <param name="rest">What else is said; asked only where it is told.</param>
    /// <returns>The lines of those before it that can be told now.</returns>
    public IEnumerable<string> Add(
        long line, string title, ImmutableArray<string> text, string mark, Func<IEnumerable<string>> rest)
    {
        string key = string.Join('\n', text.Prepend(title).Append(mark));
        if (byText.TryGetValue(key, out Told? known))
        {
            known.Again(line);
            return [];
        }

        ImmutableArray<string> before = tellsAll ? [.. Finish()] : [];
        if (told.Count < Most)
        {
            Told added = new(line, title, [.. text, .. rest()]);
            told.Add(added);
            byText.Add(key, added);
        }
        else
        {
            Pass(line, title);
        }

        return before;
    }

    /// <summary>The lines that are still to be said.</summary>
    public IEnumerable<string> Finish()
    {
        foreach (Told one in told)
        {
            foreach (string line in LogText.Wrap([Invariant($"line {one.First}: {one.Title}")]).Concat(one.Text))
            {
                yield return line;
            }

            if (one.Times > 1)
            {
                yield return Invariant($"  the same {Times(one.Times - 1)} more, last in line {one.Last}");
            }

            yield return "";
        }

        foreach (string line in Passed())
        {
            yield return line;
        }

        told.Clear();
        byText.Clear();
    }

    private void Pass(long line, string title)
    {
        first = count == 0 ? line : first;
        last = line;
        count++;
        Told? known = passed.Find(one => one.Title == title);
        if (known is null && passed.Count < MostTitles)
        {
            passed.Add(new Told(line, title, []));
            return;
        }

        (known ?? others).Again(line);
    }

    private IEnumerable<string> Passed()
    {
        if (count == 0)
        {
            yield break;
        }

        string rest = Invariant($"{count} more that differ from these {Most}, in {LogText.Lines(first, last)}; ");
        foreach (string line in LogText.Wrap([rest + "with --all each of them is told:"]))
        {
            yield return line;
        }

        foreach (Told one in passed.OrderByDescending(one => one.Times).ThenBy(one => one.First))
        {
            foreach (string line in LogText.Wrap([$"  {Times(one.Times)}: {one.Title}"]))
            {
                yield return line;
            }
        }

        if (others.Times > 1)
        {
            yield return $"  {Times(others.Times - 1)}: something else";
        }

        yield return "";
    }

    private static string Times(long number) => number == 1 ? "once" : Invariant($"{number} times");

    private sealed class Told(long first, string title, ImmutableArray<string> text)
    {
        public long First { get; } = first;

        public string Title { get; } = title;

        public ImmutableArray<string> Text { get; } = text;

        public long Times { get; private set; } = 1;

        public long Last { get; private set; } = first;

        public void Again(long line) => (Times, Last) = (Times + 1, line);
    }
}
