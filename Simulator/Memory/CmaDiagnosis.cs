using System.Collections.Immutable;
using DmaBufSim.Abi;

namespace DmaBufSim.Memory;

/// <summary>A window that a request finds, and what is in its way.</summary>
/// <param name="First">Its first page, counted from the start of the area.</param>
/// <param name="Blocker">The first pinned page in it; -1 where it is not busy.</param>
public readonly record struct CmaWindow(int First, int Blocker);

/// <summary>Pages that would have to go: handed out by the area, or held in place by pins.</summary>
/// <param name="First">The first page, counted from the start of the area.</param>
/// <param name="Count">How many.</param>
/// <param name="Owner">Whose memory is pinned there; null where the pages are handed out.</param>
/// <param name="Pins">How many references keep the page; 0 where the pages are handed out.</param>
public readonly record struct CmaHold(int First, int Count, AddressSpace? Owner, int Pins);

/// <summary>
/// Why a request to an area succeeds or fails at this moment, and what would help. Nothing in the area changes.
/// </summary>
/// <remarks>
/// <para><b>Kernel:</b> none; Linux leaves one line in its log.</para>
/// <para>Everything is what <see cref="CmaArea.Allocate"/> would do next. Where memory is so full that it matters where
/// a page lands, requests are tried in a copy of its bookkeeping: <see cref="PhysicalMemory.Rehearse"/>.</para>
/// <para><b>Cost:</b> a few passes over the area's bitmap, and one comparison for each window. Where requests have to
/// be tried, what they cost: the request itself, and for <see cref="HowMany"/> and <see cref="LargestFit"/> half a
/// million windows and moved pages each; after that they say less.</para>
/// </remarks>
public sealed partial class CmaDiagnosis
{
    /// <summary>How many busy windows are kept one by one.</summary>
    public const int MostBusy = 64;

    private readonly CmaArea area;
    private readonly Bitmap blocked;
    private readonly int[] masks;
    private readonly int[][] offsets;

    private CmaDiagnosis(CmaArea area, int pages, int? alignOrder)
    {
        this.area = area;
        Pages = pages;
        AlignOrder = alignOrder ?? area.AlignmentFor(pages);
        int orders = Math.Max(AlignOrder, area.MaxAlignment) + 1;
        masks = [.. Enumerable.Range(0, orders).Select(area.MaskFor)];
        offsets =
        [
            .. area.Ranges.Select(range =>
                (int[])[.. Enumerable.Range(0, orders).Select(order => area.OffsetFor(range, order))]),
        ];
        blocked = Blocked(area);
        (int largest, int howMany, int place) = WalkRuns(isAlignmentGiven: alignOrder is not null);
        int least = place < 0 ? 1 : 0;
        place = area.Policy.RunOrder is null || place < 0 ? place : FirstPlaceInOrder();
        FrameRun[] kept = [.. area.Kept.Where(block => area.Serves(block, pages, AlignOrder))];
        place = kept.Length > 0 ? kept[0].First : place;
        (Windows, Reason, Moves) = kept.Length > 0 ? (1, Reason.None, 0) : Try(place);
        if (kept.Length == 0 && !(IsRoomSure(pages) && DoNoPagesComeBack(Windows, Moves)))
        {
            (Windows, Reason, Moves, place) = Rehearse();
        }

        Page = Fits ? place : -1;
        howMany += kept.Length;
        (HowMany, IsHowManyLeast) = IsRoomSure((long)howMany * pages) ? (howMany, false) : CountRehearsed(howMany);
        largest = area.Kept
            .Where(block => area.Serves(block, block.Count, alignOrder ?? area.AlignmentFor(block.Count)))
            .Aggregate(largest, (most, block) => Math.Max(most, block.Count));
        (LargestFit, IsLargestLeast) = IsRoomSure(largest) ? (largest, false) : LargestRehearsed(largest, alignOrder);
        FirstBusy = FirstWindows();
        (int window, int inArea, FewestElsewhere, IsFewestMost) = Fits ? (-1, 0, 0, false) : FindFewest(least);
        (FewestPages, Fewest) = Fits ? (0, []) : window < 0 ? (-1, []) : (inArea + FewestElsewhere, Holds(window));
    }

    /// <summary>The pages asked for.</summary>
    public int Pages { get; }

    /// <summary>Their alignment, as a power of two pages.</summary>
    public int AlignOrder { get; }

    /// <summary>How many windows the request finds; where it fits, the last one is its place.</summary>
    public int Windows { get; }

    /// <summary>The first of the busy ones, up to <see cref="MostBusy"/>.</summary>
    public ImmutableArray<CmaWindow> FirstBusy { get; }

    /// <summary>What decides against the request, or <see cref="Reason.None"/>.</summary>
    public Reason Reason { get; }

    /// <summary>Whether the request would succeed now.</summary>
    public bool Fits => Reason == Reason.None;

    /// <summary>Its place in the area, in pages; -1 where it does not fit.</summary>
    public int Page { get; }

    /// <summary>How many windows are busy.</summary>
    public int BusyWindows => Windows - (Fits || Reason == Reason.NoRoomToMigrate ? 1 : 0);

    /// <summary>
    /// How many movable pages the request would move or drop, whether it succeeds or not. A page that lands in a later
    /// window of the same area moves again.
    /// </summary>
    public int Moves { get; }

    /// <summary>
    /// The most pages that a request could get now. It would have the alignment that belongs to its size, or that of
    /// this request where that was given; 0 where there is no page at all. Where it would take too much work to try all
    /// that might be the most, it is one that fits, and where one page more does not fit or takes too much work to try.
    /// </summary>
    public int LargestFit { get; }

    /// <summary>Whether it would take too much work, and more than <see cref="LargestFit"/> may fit.</summary>
    public bool IsLargestLeast { get; }

    /// <summary>How many requests of this size could be granted now, one after the other.</summary>
    public int HowMany { get; }

    /// <summary>Whether it would take too much work to try them all, and more may fit.</summary>
    public bool IsHowManyLeast { get; }

    /// <summary>
    /// The fewest pages that would have to be freed or unpinned for the request to fit, those elsewhere included: 0
    /// where none has to, -1 where no range of the area is large enough, or others have it isolated.
    /// </summary>
    /// <remarks>
    /// A page that a policy keeps when it is given back is not freed by that; what it keeps already nobody can free.
    /// </remarks>
    public int FewestPages { get; }

    /// <summary>Whether fewer may do, if the pages that move land well.</summary>
    public bool IsFewestMost { get; }

    /// <summary>
    /// Which pages of the area those are, lowest first, in the order in which they are freed. Of several such sets the
    /// one that lies lowest.
    /// </summary>
    public ImmutableArray<CmaHold> Fewest { get; }

    /// <summary>
    /// How many of the fewest pages lie elsewhere, so that what has to move has room: outside the area, or movable ones
    /// in it that are not beside the window in its page blocks.
    /// </summary>
    /// <remarks>So many are enough, whichever they are.</remarks>
    public int FewestElsewhere { get; }

    /// <summary>Looks at a request.</summary>
    /// <param name="area">The area.</param>
    /// <param name="pages">How many pages; at least one.</param>
    /// <param name="alignOrder">
    /// The alignment as a power of two pages; null for the one that belongs to the size, as heaps ask for it.
    /// </param>
    public static CmaDiagnosis Of(CmaArea area, int pages, int? alignOrder = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        return new CmaDiagnosis(area, pages, alignOrder);
    }

    /// <summary>How many pinned pages a window has.</summary>
    public int PinnedIn(CmaWindow window) => area.Loans?.Pinned.CountSet(window.First, Pages) ?? 0;

    /// <summary>Whose page it is, where it is lent; a pinned page is called after its last owner.</summary>
    public AddressSpace? OwnerOf(int page) =>
        area.Loans is { } loans && loans.Lent.AreSet(page, 1) ? loans.OwnerOf(page) : null;

    // The pages that no request can get: handed out, or pinned.
    private static Bitmap Blocked(CmaArea area)
    {
        Bitmap blocked = new(area.Used.Length << area.OrderPerBit);
        if (area.OrderPerBit == 0)
        {
            blocked.Add(area.Used);
        }
        else
        {
            Bitmap used = area.Used;
            for (int bit = used.NextSet(0, used.Length); bit < used.Length;)
            {
                int end = used.NextClear(bit);
                blocked.Set(bit << area.OrderPerBit, (end - bit) << area.OrderPerBit);
                bit = used.NextSet(end, used.Length);
            }
        }

        if (area.Loans is { } loans)
        {
            blocked.Add(loans.Pinned);
        }

        return blocked;
    }

    // One pass over the runs of pages that can be had.
    private (int Largest, int HowMany, int Place) WalkRuns(bool isAlignmentGiven)
    {
        int[] longest = new int[masks.Length];
        int count = 0;
        int place = -1;
        int lowest = isAlignmentGiven ? AlignOrder : 0;
        int highest = isAlignmentGiven ? AlignOrder : area.MaxAlignment;
        for (int range = 0; range < offsets.Length; range++)
        {
            (int firstPage, int endPage) = PagesOf(range);
            for ((int start, int end) = blocked.NextClearRun(firstPage, endPage);
                start < end;
                (start, end) = blocked.NextClearRun(end, endPage))
            {
                for (int order = lowest; order <= highest && end - start > longest[highest]; order++)
                {
                    long first = Align(range, start, order);
                    if (first >= end)
                    {
                        break;
                    }

                    longest[order] = Math.Max(longest[order], (int)(end - first));
                }

                long window = Align(range, start, AlignOrder);
                int fits = FitsIn(window, end);
                place = fits > 0 && place < 0 ? (int)window : place;
                count += fits;
            }
        }

        return (isAlignmentGiven ? longest[AlignOrder] : LargestOf(longest), count, place);
    }

    // A larger request needs a stricter alignment, up to the cap.
    private int LargestOf(int[] longest)
    {
        for (int order = area.MaxAlignment; order > 0; order--)
        {
            int most = order == area.MaxAlignment ? longest[order] : Math.Min(longest[order], 1 << order);
            if (most > 1 << (order - 1))
            {
                return most;
            }
        }

        return area.MaxAlignment == 0 ? longest[0] : Math.Min(longest[0], 1);
    }

    private int FitsIn(long first, int end)
    {
        if (end - first < Pages)
        {
            return 0;
        }

        long stride = (((long)area.BitsFor(Pages) + masks[AlignOrder]) & ~(long)masks[AlignOrder]) << area.OrderPerBit;
        return (int)((end - first - Pages) / stride) + 1;
    }

    // The first page from one on at which a window may begin.
    private long Align(int range, int page, int order)
    {
        int offset = offsets[range][order];
        long bit = ((long)page + (1 << area.OrderPerBit) - 1) >> area.OrderPerBit;
        bit = ((bit + offset + masks[order]) & ~(long)masks[order]) - offset;
        return bit << area.OrderPerBit;
    }

    // What is no whole bit at the end of an area is not used.
    private (int First, int End) PagesOf(int range)
    {
        (int first, int end) = area.BitsOf(area.RangeSpan[range]);
        return (first << area.OrderPerBit, end << area.OrderPerBit);
    }
}
