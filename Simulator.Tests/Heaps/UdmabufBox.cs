using DmaBufSim.Abi;
using DmaBufSim.Machines;

namespace DmaBufSim.Tests.Heaps;

/// <summary>Short words for what the first process does with memfds.</summary>
internal static class UdmabufBox
{
    public static int Memfd(this Machine machine, long pages, MemfdSeals seals = MemfdSeals.Shrink)
    {
        int memfd = machine.First.CreateMemfd().Value;
        Result done = machine.First.Truncate(memfd, pages * 4096);
        done = done.IsOk ? machine.First.AddSeals(memfd, seals) : done;
        return done.IsOk ? memfd : throw new InvalidOperationException(done.ToString());
    }

    public static Result<int> Create(this Machine machine, int memfd, ulong offset, ulong size) =>
        machine.First.CreateUdmabuf(new UdmabufItem(memfd, offset, size));

    public static Result<int> List(this Machine machine, params (int Memfd, ulong Offset, ulong Size)[] items) =>
        machine.First.CreateUdmabufList(
            [.. items.Select(item => new UdmabufItem(item.Memfd, item.Offset, item.Size))]);
}
