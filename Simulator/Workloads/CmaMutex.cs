using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Memory;

namespace DmaBufSim.Workloads;

/// <summary>The lock that allocations from areas take, which tenants ask for at the same time.</summary>
/// <remarks><b>Kernel:</b> <c>cma_mutex</c>, held while a window is emptied; from 6.15 on one for each area.</remarks>
internal sealed class CmaMutex(Machine machine)
{
    private readonly long[] freeAt = new long[machine.Areas.Count];

    /// <summary>Which allocations wait for each other.</summary>
    public CmaLock Kind { get; } = machine.Description.CmaLock ?? machine.Kernel.CmaLock;

    /// <summary>An allocation begins now.</summary>
    /// <param name="area">Its area.</param>
    /// <param name="work">The nanoseconds for which it holds the lock.</param>
    /// <returns>The nanoseconds that it has to wait before.</returns>
    public long Take(CmaArea area, long work)
    {
        if (Kind == CmaLock.None)
        {
            return 0;
        }

        int index = 0;
        while (Kind == CmaLock.Area && machine.Areas[index] != area)
        {
            index++;
        }

        long now = machine.Clock.Now;
        long wait = Math.Max(0, freeAt[index] - now);
        freeAt[index] = now + wait + work;
        return wait;
    }
}
