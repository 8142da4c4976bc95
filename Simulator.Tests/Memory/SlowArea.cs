using DmaBufSim.Abi;

namespace DmaBufSim.Tests.Memory;

/// <summary>An area page by page, as the kernel's documentation tells it: no bitmap, no search that skips anything.</summary>
/// <param name="ranges">Where its ranges begin, as page frame numbers, and how many pages they have.</param>
/// <param name="orderPerBit">Each bit stands for 2 to this power pages.</param>
/// <param name="countsAvailable">Whether the kernel counts what is available.</param>
internal sealed class SlowArea((int Pfn, int Count)[] ranges, int orderPerBit, bool countsAvailable)
{
    public const char Nobody = ' ';

    public bool[] Used { get; } = new bool[ranges.Sum(range => range.Count)];

    public char[] Tenant { get; } = [.. Enumerable.Repeat(Nobody, ranges.Sum(range => range.Count))];

    public int[] Pins { get; } = new int[ranges.Sum(range => range.Count)];

    public int Busy { get; private set; }

    /// <summary>How many pages outside the area are free.</summary>
    public long Room { get; set; }

    public int FreePages => Used.Count(used => !used);

    public int Round(int pages) => (pages + (1 << orderPerBit) - 1) / (1 << orderPerBit) * (1 << orderPerBit);

    /// <summary>The page, or what the log of 6.12 says.</summary>
    public (int Page, Errno Errno) Allocate(int pages, int align)
    {
        bool wasBusy = false;
        if (!countsAvailable || pages <= FreePages)
        {
            for (int page = 0; page < Used.Length; page += 1 << orderPerBit)
            {
                (int basePfn, int inRange, int left) = PlaceOf(page);
                bool isAligned = align <= orderPerBit
                    ? true
                    : (inRange + (((basePfn & ((1 << align) - 1)) >> orderPerBit) << orderPerBit)) % (1 << align) == 0;
                if (!isAligned || Round(pages) > left || Used.Skip(page).Take(Round(pages)).Contains(true))
                {
                    continue;
                }

                for (int i = page; i < page + pages; i++)
                {
                    if (Tenant[i] != Nobody && Pins[i] == 0)
                    {
                        if (Room == 0)
                        {
                            return (-1, Errno.ENOMEM);
                        }

                        Room--;
                        Tenant[i] = Nobody;
                    }
                }

                if (Tenant.Skip(page).Take(pages).All(tenant => tenant == Nobody))
                {
                    Used.AsSpan(page, Round(pages)).Fill(true);
                    return (page, Errno.OK);
                }

                Busy++;
                wasBusy = true;
            }
        }

        return (-1, wasBusy || countsAvailable ? Errno.EBUSY : Errno.ENOMEM);
    }

    /// <summary>In which range a page is: where that begins, which of its pages it is, how many follow with it.</summary>
    private (int BasePfn, int InRange, int Left) PlaceOf(int page)
    {
        foreach ((int pfn, int pages) in ranges)
        {
            if (page < pages)
            {
                return (pfn, page, pages - page);
            }

            page -= pages;
        }

        throw new ArgumentOutOfRangeException(nameof(page));
    }
}
