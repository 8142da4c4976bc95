#pragma warning disable CA1822
using DmaBufSim.Abi;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

internal enum TenantPageKind { Anonymous, CleanFile, DirtyFile }

internal sealed class TenantPin
{
    public void Release() { }
}

internal sealed class TenantMemory(string name, PhysicalMemory memory, TenantPageKind kind)
{
    private readonly List<int> frames = [];

    public string Name => name;

    public TenantPageKind Kind => kind;

    public int Pages { get; private set; }

    public IReadOnlyList<int> Frames => frames;

    public int Grow(int pages)
    {
        for (int i = 0; i < pages; i++)
        {
            Result<int> frame = memory.Buddy.Allocate(0, MigrateType.Movable);
            if (!frame.IsOk)
            {
                return i;
            }

            frames.Add(frame.Value);
            Pages++;
        }

        return pages;
    }

    public void Unmap()
    {
        foreach (int frame in frames)
        {
            memory.Buddy.Free(frame, 0);
        }

        frames.Clear();
        Pages = 0;
    }

    public Result<TenantPin> PinAt(int slot, bool longTerm) => new TenantPin();
}
