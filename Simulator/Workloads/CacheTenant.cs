using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>The page cache: files are read, some are written, some are read again, and the oldest make room.</summary>
/// <remarks>
/// <para><b>Kernel:</b> <c>filemap_read()</c>, <c>shrink_folio_list()</c> for the oldest, writeback for what is
/// dirty. A clean page that an area drops instead of moving it has to be read again.</para>
/// <para><b>Differs:</b> files leave as a whole, the oldest first. A file that was written gets other pages when it
/// is written back.</para>
/// <para><b>Cost:</b> one event for each file that is read and each writeback; reading costs the pages.</para>
/// </remarks>
internal sealed class CacheTenant : Tenant
{
    // Any other event is the writeback of a file, by its number since boot.
    private const int Read = -1;
    private const int Slack = 256;

    private readonly TenantSetting start;
    private readonly TenantSetting size;
    private readonly TenantSetting every;
    private readonly TenantSetting writeback;
    private readonly long limit;
    private readonly long again;
    private readonly long dirty;

    // Those before the oldest have left already, those before the list are forgotten.
    private readonly List<CachedFile> files = [];
    private int oldest;
    private int forgotten;
    private long cached;

    public CacheTenant(TenantContext context)
        : base(context)
    {
        start = context.Get("start");
        size = context.Get("file");
        every = context.Get("every");
        writeback = context.Get("writeback");
        limit = PagesOf(context.Get("limit").Draw(Draws));
        again = context.Get("again").Draw(Draws);
        dirty = context.Get("dirty").Draw(Draws);
    }

    protected internal override int MemoryCount => files.Count - oldest;

    protected internal override void Come() => After(start.Draw(Draws), Read);

    protected internal override void Happen(int what)
    {
        if (what != Read)
        {
            WriteBack(what - forgotten);
            return;
        }

        if (MemoryCount > 0 && Draws.Below(100) < again)
        {
            CachedFile file = files[oldest + (int)Draws.Below(MemoryCount)];
            int missing = file.Wanted - file.Memory.Pages;
            Figures.PagesReadAgain += missing;
            Grow(file.Memory, missing);
        }
        else
        {
            Open();
        }

        After(every.Draw(Draws), Read);
    }

    protected internal override void Leave()
    {
        while (MemoryCount > 0)
        {
            DropOldest();
        }
    }

    // Whoever needs memory is not helped by pages that an area has lent to the cache alone.
    protected internal override bool GiveUp()
    {
        while (MemoryCount > 0 && files[oldest].Memory.Pages == 0)
        {
            DropOldest();
        }

        int index = files.FindIndex(oldest, file => file.Memory is { Pages: > 0, HoldsAllocatorPages: true });
        if (index == oldest)
        {
            DropOldest();
        }
        else if (index > oldest)
        {
            files[index].Memory.Unmap();
        }

        return index >= 0;
    }

    protected internal override MovableMemory? MemoryAt(int index) => files[oldest + index].Memory;

    private void Open()
    {
        int pages = PagesOf(size.Draw(Draws));
        while (cached + pages > limit && MemoryCount > 0)
        {
            DropOldest();
        }

        bool isDirty = Draws.Below(100) < dirty;
        CachedFile file = new(New(isDirty ? PageKind.DirtyFile : PageKind.CleanFile), pages);
        Grow(file.Memory, pages);
        cached += pages;
        files.Add(file);
        if (isDirty)
        {
            After(writeback.Draw(Draws), forgotten + files.Count - 1);
        }
    }

    // A file that has left was written back before.
    private void WriteBack(int index)
    {
        if (index >= oldest)
        {
            CachedFile file = files[index];
            int pages = file.Memory.Pages;
            file.Memory.Unmap();
            files[index] = file with { Memory = New(PageKind.CleanFile) };
            files[index].Memory.Grow(pages);
        }
    }

    private void DropOldest()
    {
        cached -= files[oldest].Wanted;
        files[oldest].Memory.Unmap();
        oldest++;
        if (oldest >= Slack && oldest * 2 >= files.Count)
        {
            files.RemoveRange(0, oldest);
            forgotten += oldest;
            oldest = 0;
        }
    }

    private MovableMemory New(PageKind kind) => new(Name, Machine.Memory, kind);

    private readonly record struct CachedFile(MovableMemory Memory, int Wanted);
}
