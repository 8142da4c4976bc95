using System.Numerics;

namespace DmaBufSim.FieldLogs;

/// <summary>What decided against a request that is told in a log.</summary>
public enum LogVerdict
{
    /// <summary>No request is told, or nothing that could decide.</summary>
    Unknown,

    /// <summary>The area has fewer pages.</summary>
    TooSmall,

    /// <summary>Fewer pages are free.</summary>
    TooFull,

    /// <summary>Enough pages are free, and no run is long enough.</summary>
    Fragmented,

    /// <summary>A run is long enough, and none at the alignment of the request.</summary>
    Misaligned,

    /// <summary>A run is long enough, so pages in it could not be moved.</summary>
    Immovable,

    /// <summary>A run is long enough, so there was no memory to move its pages to.</summary>
    NoRoomToMigrate,

    /// <summary>A signal ended the attempt.</summary>
    Interrupted,
}

/// <summary>Why an area refused a request, as far as a log tells.</summary>
/// <remarks>
/// <b>Differs:</b> a log counts pages as free that are lent to movable memory or pinned; <c>CmaDiagnosis</c> knows of
/// them. Each part of the area is taken to begin at a multiple of the alignment.
/// </remarks>
public sealed class LogDiagnosis
{
    /// <summary>The highest alignment order that users of areas ask for, unless a kernel is built otherwise.</summary>
    public const int MaxAlignment = 8;

    private readonly long[] longest;
    private readonly int? alignOrder;

    /// <summary>Looks at a request, or at the area alone where none is told.</summary>
    /// <param name="area">What was read.</param>
    /// <param name="alignOrder">
    /// The alignment as a power of two pages; null for the one that belongs to the size.
    /// </param>
    /// <param name="orderPerBit">Each bit of the area stands for 2 to this power pages.</param>
    public LogDiagnosis(LoggedArea area, int? alignOrder = null, int orderPerBit = 0)
    {
        Area = area;
        this.alignOrder = alignOrder;
        AlignOrder = alignOrder ?? AlignmentFor(area.Pages);
        longest = new long[Math.Max(AlignOrder, MaxAlignment) + 1];
        foreach (LoggedRun run in area.Runs)
        {
            Longest = run.Pages > Longest.Pages ? run : Longest;
            Sum += run.Pages;
            long first = run.Bit << orderPerBit;
            for (int order = 0; order < longest.Length; order++)
            {
                long aligned = (first + (1L << order) - 1) >> order << order;
                longest[order] = Math.Max(longest[order], first + run.Pages - aligned);
            }
        }

        Verdict = Judge();
    }

    /// <summary>What was read.</summary>
    public LoggedArea Area { get; }

    /// <summary>The alignment of the request, as a power of two pages.</summary>
    public int AlignOrder { get; }

    /// <summary>The longest free run, the lowest of several.</summary>
    public LoggedRun Longest { get; }

    /// <summary>The pages of all runs that can be believed.</summary>
    public long Sum { get; }

    /// <summary>The free pages: those that are printed, or else those of all runs.</summary>
    public long Free => Area.Free >= 0 ? Area.Free : Sum;

    /// <summary>The most pages in a row from a place where the request may begin.</summary>
    public long LongestAligned => longest[AlignOrder];

    /// <summary>How many more pages in a row the request would have needed.</summary>
    public long Missing => Area.Pages == 0 ? 0 : Math.Max(0, Area.Pages - LongestAligned);

    /// <summary>
    /// The most pages that a request could have got, at the alignment that was given, or else that of its own size.
    /// </summary>
    public long LargestFit => alignOrder is { } given ? longest[given] : LargestAtOwnAlignment();

    /// <summary>What decided.</summary>
    public LogVerdict Verdict { get; }

    /// <summary>The alignment order that belongs to a number of pages.</summary>
    public static int AlignmentFor(long pages) =>
        pages <= 1 ? 0 : Math.Min(MaxAlignment, 64 - BitOperations.LeadingZeroCount((ulong)pages - 1));

    private LogVerdict Judge()
    {
        if (Area.Pages == 0)
        {
            return LogVerdict.Unknown;
        }

        if (Area.Ret == -4)
        {
            return LogVerdict.Interrupted;
        }

        if (Area.Total >= 0 && Area.Pages > Area.Total)
        {
            return LogVerdict.TooSmall;
        }

        if (Missing == 0)
        {
            return Area.Ret switch
            {
                -12 => LogVerdict.NoRoomToMigrate,
                -16 => LogVerdict.Immovable,
                _ => LogVerdict.Unknown,
            };
        }

        if (Area.Free >= 0 && Area.Pages > Area.Free)
        {
            return LogVerdict.TooFull;
        }

        // Where runs are missing, one that is long enough may have been among them.
        if (!Area.HasRuns || Area.Untold >= Area.Pages)
        {
            return LogVerdict.Unknown;
        }

        return Longest.Pages >= Area.Pages ? LogVerdict.Misaligned : LogVerdict.Fragmented;
    }

    // A larger request needs a stricter alignment, up to the cap.
    private long LargestAtOwnAlignment()
    {
        for (int order = MaxAlignment; order > 0; order--)
        {
            long most = order == MaxAlignment ? longest[order] : Math.Min(longest[order], 1L << order);
            if (most > 1L << (order - 1))
            {
                return most;
            }
        }

        return Math.Min(longest[0], 1);
    }
}
