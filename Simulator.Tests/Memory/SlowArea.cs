using DmaBufSim.Abi;

namespace DmaBufSim.Tests.Memory;

/// <summary>An area page by page, as the kernel's documentation tells it: no bitmap, no search that skips anything.</summary>
internal sealed class SlowArea(int basePfn, int count, int orderPerBit, bool countsAvailable)
{
    public const char Nobody = ' ';

    public bool[] Used { get; } = new bool[count];

    public char[] Tenant { get; } = [.. Enumerable.Repeat(Nobody, count)];

    public int[] Pins { get; } = new int[count];

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
            for (int page = 0; page + Round(pages) <= count; page += 1 << orderPerBit)
            {
                bool isAligned = align <= orderPerBit
                    ? true
                    : (page + (((basePfn & ((1 << align) - 1)) >> orderPerBit) << orderPerBit)) % (1 << align) == 0;
                if (!isAligned || Used.Skip(page).Take(Round(pages)).Contains(true))
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
}
