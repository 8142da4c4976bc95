using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using static System.FormattableString;
using static DmaBufSim.FieldLogs.LogText;

namespace DmaBufSim.FieldLogs;

/// <summary>A request to an area as a log or a bitmap shows it, and what would come of it.</summary>
/// <remarks>
/// The area is built anew, and <see cref="CmaDiagnosis"/> asked. Nothing in it is lent or pinned: a log does not tell.
/// </remarks>
internal sealed class RequestAnswer
{
    // The most that a machine can have.
    private const long MostPages = (1L << 28) - 1024;
    private const int HighestOrder = 20;
    private const int MostHolds = 8;

    private readonly List<(long Range, CmaArea Area, CmaDiagnosis Diagnosis)> answers = [];
    private readonly long pages;
    private readonly long firstPfn;
    private readonly int orderPerBit;
    private readonly bool isEndKnown;
    private readonly long told;
    private readonly long untold;

    /// <summary>Asks an area.</summary>
    /// <param name="area">The area.</param>
    /// <param name="pages">How many pages.</param>
    /// <param name="alignOrder">The alignment as a power of two; null for the one that belongs to the size.</param>
    /// <param name="orderPerBit">Each bit of the area stands for 2 to this power pages.</param>
    /// <param name="firstPfn">The page frame that the area begins with; -1 where it is not known.</param>
    /// <param name="isEndKnown">Whether the area may not have more pages than are told.</param>
    public RequestAnswer(
        LoggedArea area, long pages, int? alignOrder, int orderPerBit, long firstPfn = -1, bool isEndKnown = true)
    {
        this.isEndKnown = isEndKnown && area.IsEndKnown;
        told = area.Free;
        untold = area.Untold;
        this.pages = pages;
        this.firstPfn = firstPfn;
        this.orderPerBit = orderPerBit;
        AlignOrder = alignOrder ?? LogDiagnosis.AlignmentFor(pages);
        Total = area.Total >= 0 ? area.Total : area.Runs.Sum(run => run.Pages);
        long[] ranges = [.. area.Runs.Select(run => run.Range).Distinct()];
        if (ranges.Length == 0 && Total >> orderPerBit > 0 && !area.HasRanges)
        {
            ranges = [0];
        }

        if (pages > MostPages || Total > MostPages || AlignOrder > HighestOrder)
        {
            IsTooLarge = true;
            return;
        }

        foreach (long range in ranges)
        {
            LoggedRun[] runs = [.. area.Runs.Where(run => run.Range == range)];
            long end = runs.Length == 0 ? 0 : (runs[^1].Bit << orderPerBit) + runs[^1].Pages;
            long length = ranges.Length == 1 ? Math.Max(end, Math.Max(area.Total, 0)) : end;
            if (length > MostPages)
            {
                IsTooLarge = true;
                return;
            }

            CmaArea built = Build(runs, (int)(length >> orderPerBit << orderPerBit));
            answers.Add((range, built, CmaDiagnosis.Of(built, (int)pages, alignOrder)));
        }
    }

    /// <summary>The alignment, as a power of two pages.</summary>
    public int AlignOrder { get; }

    /// <summary>Whether the request fits.</summary>
    public bool Fits => answers.Exists(answer => answer.Diagnosis.Fits);

    private long Total { get; }

    private bool IsTooLarge { get; }

    /// <summary>What comes of it.</summary>
    public IEnumerable<string> Lines()
    {
        if (IsTooLarge)
        {
            yield return Invariant($"    no answer: it has more than {Pages(MostPages)}, or the alignment is above ")
                + Invariant($"2^{HighestOrder} pages");
            yield break;
        }

        if (answers.Count == 0)
        {
            yield return "    fits: " + Refusal();
            yield break;
        }

        (long range, _, CmaDiagnosis? first) = answers.Find(answer => answer.Diagnosis.Fits);
        yield return first is not null
            ? $"    fits: yes, {PlaceText(range, first.Page)}"
            : "    fits: " + Refusal();
        long count = answers.Sum(answer => (long)answer.Diagnosis.HowMany);
        yield return Invariant($"    how many of this size fit: {AtLeast(untold >= pages)}{count}");
        long largest = answers.Max(answer => answer.Diagnosis.LargestFit);
        yield return $"    largest request that fits: {AtLeast(untold > largest)}{Size(largest)}";
        if (first is null && FewestText() is { } fewest)
        {
            yield return "    " + fewest;
        }
    }

    private string Refusal()
    {
        long free = Math.Max(told, answers.Sum(answer => answer.Area.FreePages));
        string are = free == 0 ? "no page is" : PagesAre(free);
        if (isEndKnown && pages > Total)
        {
            return $"no: the area has {Pages(Total)} in all";
        }

        if (untold >= pages)
        {
            return "not known: a run that is missing here may be long enough";
        }

        if (pages > Total)
        {
            return $"no: {Pages(Total)} of the area {(Total == 1 ? "is" : "are")} seen";
        }

        return pages > free
            ? Invariant($"no: {are} free and {pages} asked for")
            : $"no: {are} free, but not enough in one run {Place(AlignOrder)}";
    }

    private string? FewestText()
    {
        (long range, _, CmaDiagnosis? best) = answers.Where(answer => answer.Diagnosis.FewestPages >= 0)
            .OrderBy(answer => answer.Diagnosis.FewestPages).FirstOrDefault();
        if (best is null)
        {
            return isEndKnown ? "nothing that is freed would help" : null;
        }

        string[] holds =
        [
            .. best.Fewest.Take(MostHolds).Select(hold => Invariant($"{hold.Count} {PlaceText(range, hold.First)}")),
        ];
        int left = best.Fewest.Length - MostHolds;
        string most = untold > 0 ? "at most " : "";
        string more = left > 0 ? $", and {Count(left, "more run")}" : "";
        return Invariant($"fewest pages that must go for it to fit: {most}{best.FewestPages}: ")
            + string.Join(", ", holds) + more;
    }

    private string PlaceText(long range, long page)
    {
        string where = range == 0 ? "" : Invariant($" of range {range}");
        return firstPfn >= 0
            ? Invariant($"from page frame 0x{firstPfn + page:x} on")
            : Invariant($"from bit {page >> orderPerBit}{where} on");
    }

    // Everything is handed out, and the free runs are given back.
    private CmaArea Build(LoggedRun[] runs, int length)
    {
        const int InSection = 1023;
        long start = Math.Max(0, firstPfn);
        int first = (int)(start & InSection);
        long frames = ((long)first + length + InSection) & ~(long)InSection;
        Trace trace = new();
        PhysicalMemory memory = new(
            frames << PhysicalMemory.PageShift, (start & ~(long)InSection) << PhysicalMemory.PageShift, trace);
        CmaArea area = new("", memory, new FrameRun(first, length), KernelProfile.Default, trace, orderPerBit);
        area.Allocate(length, 0);
        foreach (LoggedRun run in runs)
        {
            area.Release(first + (int)(run.Bit << orderPerBit), (int)run.Pages);
        }

        return area;
    }
}
