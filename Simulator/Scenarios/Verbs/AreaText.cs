using System.Collections.Immutable;
using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Memory;
using static System.FormattableString;

namespace DmaBufSim.Scenarios.Verbs;

/// <summary>Why a request to an area fits or not, in lines for a person.</summary>
internal static class AreaText
{
    private const int MostWindows = 6;
    private const int MostHolds = 12;

    /// <summary>The lines.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="area">The area.</param>
    /// <param name="why">The answer.</param>
    /// <param name="most">How many lines say which pages would have to go.</param>
    public static ImmutableArray<string> Lines(
        Machine machine, CmaArea area, CmaDiagnosis why, int most = MostHolds)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>();
        int step = 1 << why.AlignOrder;
        lines.Add($"request: {Bytes(why.Pages)}, {Count(why.Pages)} in one run from a multiple of {Count(step)}");
        lines.Add(Invariant(
            $"area {area.Name}: {area.TotalPages} pages, {area.UsedPages} handed out, {area.FreePages} not"));
        if (area.LentPages > 0)
        {
            lines.Add(Invariant(
                $"movable memory in it: {Count(area.LentPages)}, {area.PinnedPages} of them pinned"));
        }

        if (area.KeptPages > 0)
        {
            lines.Add(Invariant(
                $"its policy keeps {area.KeptPages} of those handed out, for requests of the same size"));
        }

        if (area.Ranges.Length > 1)
        {
            string ranges = string.Join(", ", area.Ranges.Select(PlaceOf));
            lines.Add($"no request gets pages of two of its {area.Ranges.Length} ranges: {ranges}");
        }

        AddWindows(lines, why);
        AddAnswer(lines, area, why);
        string largest = why.IsLargestLeast ? "at least " : "";
        lines.Add($"largest request that fits: {largest}{Bytes(why.LargestFit)}, {Count(why.LargestFit)}");
        string howMany = why.IsHowManyLeast ? "at least " : "";
        lines.Add(Invariant($"requests of this size that fit: {howMany}{why.HowMany}"));
        if (!why.Fits)
        {
            AddFewest(lines, machine, area, why, most);
        }

        return lines.DrainToImmutable();
    }

    private static void AddWindows(ImmutableArray<string>.Builder lines, CmaDiagnosis why)
    {
        lines.Add(Invariant($"windows found: {why.Windows}, busy: {why.BusyWindows}"));
        for (int i = 0; i < Math.Min(why.BusyWindows, MostWindows); i++)
        {
            CmaWindow window = why.FirstBusy[i];
            if (window.Blocker < 0)
            {
                lines.Add(Invariant($"  {window.First}+{why.Pages}: another allocation has its page blocks isolated"));
                continue;
            }

            int more = why.PinnedIn(window) - 1;
            string others = more == 0 ? "" : Invariant($", and {Count(more)} more");
            string owner = why.OwnerOf(window.Blocker)?.Name ?? "";
            lines.Add(Invariant(
                $"  {window.First}+{why.Pages}: page {window.Blocker} of {owner} is pinned{others}"));
        }

        if (why.BusyWindows > MostWindows)
        {
            lines.Add(Invariant($"  and {why.BusyWindows - MostWindows} more"));
        }
    }

    private static void AddAnswer(ImmutableArray<string>.Builder lines, CmaArea area, CmaDiagnosis why)
    {
        string moves = why.Moves == 0 ? "" : $", after {Count(why.Moves)} moved";
        int longest = area.Ranges.Max(range => range.Frames.Count);
        lines.Add(why.Reason switch
        {
            Reason.None => Invariant($"it fits at page {why.Page}{moves}"),
            Reason.LargerThanArea => "it does not fit: the area is smaller",
            Reason.PagesPinned => "it does not fit: every window has a pinned page",
            Reason.BlocksIsolated => "it does not fit: another allocation has the page blocks of every window isolated",
            Reason.NoRoomToMigrate => Invariant(
                $"it does not fit: no room for the next page that has to move{moves}"),
            _ when why.Pages > longest => Invariant(
                $"it does not fit: no range of the area has more than {Count(longest)}"),
            _ => "it does not fit: no run of free pages is long enough at this alignment",
        });
    }

    private static void AddFewest(
        ImmutableArray<string>.Builder lines, Machine machine, CmaArea area, CmaDiagnosis why, int most)
    {
        if (why.FewestPages <= 0)
        {
            return;
        }

        string bound = why.IsFewestMost ? "at most " : "";
        lines.Add(Invariant($"fewest pages to free or unpin: {bound}{why.FewestPages}"));
        if (why.FewestElsewhere > 0)
        {
            string all = why.Fewest.IsEmpty ? "all" : Invariant($"{why.FewestElsewhere}");
            lines.Add(Invariant($"  {all} of them elsewhere, so that what moves has room"));
        }

        List<string> holders = [];
        List<(FrameRun Pages, DmaBuf Buffer)> buffers = BuffersIn(machine, area);
        foreach (CmaHold hold in why.Fewest)
        {
            if (hold.Owner is { } owner)
            {
                string pins = hold.Pins == 1 ? "pinned" : Invariant($"pinned {hold.Pins} times");
                holders.Add(Invariant($"  page {hold.First} of {owner.Name}, {pins}"));
            }
            else
            {
                AddBuffers(holders, buffers, hold);
            }
        }

        lines.AddRange(holders.Take(most));
        if (holders.Count > most)
        {
            lines.Add(Invariant($"  and {holders.Count - most} more: why HEAP LEN {holders.Count} names all"));
        }
    }

    private static void AddBuffers(
        List<string> holders, List<(FrameRun Pages, DmaBuf Buffer)> buffers, CmaHold hold)
    {
        int page = hold.First;
        int end = hold.First + hold.Count;
        foreach ((FrameRun pages, DmaBuf buffer) in buffers)
        {
            int first = Math.Max(page, pages.First);
            int stop = Math.Min(end, pages.End);
            if (first >= stop)
            {
                continue;
            }

            AddUnknown(holders, page, first);
            string name = buffer.Name is { } given ? $" {given}" : "";
            holders.Add(Invariant($"  {first}+{stop - first}: buffer #{buffer.Inode}{name}"));
            page = stop;
        }

        AddUnknown(holders, page, end);
    }

    // The idle part of a pool that the area lends whole.
    private static void AddUnknown(List<string> holders, int first, int end)
    {
        if (first < end)
        {
            holders.Add(Invariant($"  {first}+{end - first}: handed out, not to a buffer"));
        }
    }

    private static List<(FrameRun Pages, DmaBuf Buffer)> BuffersIn(Machine machine, CmaArea area)
    {
        List<(FrameRun Pages, DmaBuf Buffer)> found = [];
        foreach (DmaBuf buffer in machine.Buffers.NewestFirst)
        {
            if (buffer.Exporter is not HeapBuffer storage)
            {
                continue;
            }

            foreach (FrameRun run in storage.Table.Runs)
            {
                if (area.Contains(run.First))
                {
                    // The rest of a bit that stands for several pages goes with them.
                    int whole = area.BitsFor(run.Count) << area.OrderPerBit;
                    found.Add((new FrameRun(area.PageOf(run.First), whole), buffer));
                }
            }
        }

        found.Sort((one, other) => one.Pages.First.CompareTo(other.Pages.First));
        return found;
    }

    private static string PlaceOf(CmaRange range) => Invariant($"{range.FirstPage}+{range.Frames.Count}");

    private static string Bytes(int pages) => ByteText.Of((long)pages << PhysicalMemory.PageShift);

    private static string Count(int pages) => Invariant($"{pages} page{(pages == 1 ? "" : "s")}");
}
