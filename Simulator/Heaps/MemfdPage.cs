using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Memory;

namespace DmaBufSim.Heaps;

/// <summary>A page of a memfd: held by the memfd and, once, by each place of a udmabuf that shows it.</summary>
/// <remarks>
/// <b>Kernel:</b> a page of the page cache, with the references of mm/shmem.c and of udmabuf. It is movable: an area
/// that it borrows from moves it elsewhere, unless a udmabuf holds it.
/// </remarks>
public sealed class MemfdPage : AddressSpace
{
    private readonly PhysicalMemory memory;
    private bool isInMemfd = true;
    private int places;

    private MemfdPage(PhysicalMemory memory) => this.memory = memory;

    /// <summary>Its frame.</summary>
    public int Frame { get; private set; }

    /// <summary>How many hold it.</summary>
    public int References => places + (isInMemfd ? 1 : 0);

    /// <inheritdoc/>
    public override string Name => "memfd";

    /// <inheritdoc/>
    public override PageKind Kind => PageKind.DirtyFile;

    /// <inheritdoc/>
    protected internal override void Moved(int index, int frame) => Frame = frame;

    /// <summary>A page that reads as zeros.</summary>
    /// <returns><see cref="Errno.ENOMEM"/> where there is none left.</returns>
    internal static Result<MemfdPage> Make(PhysicalMemory memory)
    {
        MemfdPage page = new(memory);
        Result<int> frame = memory.AllocateMovable(page);
        page.Frame = frame.Value;
        return frame.IsOk ? page : frame.As<MemfdPage>();
    }

    /// <summary>A udmabuf shows it at one more place.</summary>
    /// <param name="leavesAreas">The kernel moves it out of a CMA area first.</param>
    /// <returns><see cref="Errno.ENOMEM"/> where it has to be moved and cannot.</returns>
    /// <remarks><b>Kernel:</b> <c>memfd_pin_folios()</c>; before 6.12 <c>shmem_read_mapping_page()</c>.</remarks>
    internal Result Get(bool leavesAreas)
    {
        Invariant.Holds(isInMemfd);
        Result pinned = places > 0 ? Result.Ok : memory.PinPage(this, Frame, leavesAreas).Status;
        places += pinned.IsOk ? 1 : 0;
        return pinned;
    }

    /// <summary>A udmabuf shows it at one place less.</summary>
    internal void Put()
    {
        Invariant.Holds(places > 0);
        places--;
        if (places == 0)
        {
            memory.UnpinMovable(Frame, isLast: !isInMemfd);
        }
    }

    /// <summary>It is no page of its memfd any more.</summary>
    internal void Cut()
    {
        Invariant.Holds(isInMemfd);
        isInMemfd = false;
        memory.FreeMovable(Frame, isLast: places == 0);
    }
}
