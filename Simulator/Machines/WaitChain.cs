using System.Globalization;
using DmaBufSim.Fences;

namespace DmaBufSim.Machines;

/// <summary>
/// Who sleeps for whom: driver threads, the locks that others have, the fences that others are to signal.
/// </summary>
public static class WaitChain
{
    /// <summary>One sentence for each thread that sleeps, oldest thread first.</summary>
    public static List<string> Waits(this Machine machine)
    {
        List<string> waits = [];
        foreach (DriverThread thread in machine.Drivers)
        {
            if (thread.IsAsleep)
            {
                List<DriverThread> next = Next(machine, thread);
                waits.Add(Sentence(thread, next.Count > 0 ? next[0] : null));
            }
        }

        return waits;
    }

    /// <summary>The first circle of waits, sentence by sentence; null where there is none.</summary>
    public static string? FindCircle(this Machine machine)
    {
        List<DriverThread> done = [];
        foreach (DriverThread thread in machine.Drivers)
        {
            List<DriverThread> path = [];
            if (Follow(machine, thread, path, done) is { } circle)
            {
                return circle;
            }
        }

        return null;
    }

    private static string? Follow(
        Machine machine, DriverThread thread, List<DriverThread> path, List<DriverThread> done)
    {
        int start = path.IndexOf(thread);
        if (start >= 0)
        {
            return Describe(path.GetRange(start, path.Count - start));
        }

        if (done.Contains(thread))
        {
            return null;
        }

        path.Add(thread);
        foreach (DriverThread next in Next(machine, thread))
        {
            if (Follow(machine, next, path, done) is { } circle)
            {
                return circle;
            }
        }

        path.RemoveAt(path.Count - 1);
        done.Add(thread);
        return null;
    }

    private static string Describe(List<DriverThread> circle)
    {
        List<string> sentences = [];
        for (int i = 0; i < circle.Count; i++)
        {
            sentences.Add(Sentence(circle[i], circle[(i + 1) % circle.Count]));
        }

        return string.Join("; ", sentences);
    }

    // Who has to go on before a thread can.
    private static List<DriverThread> Next(Machine machine, DriverThread thread)
    {
        if (thread.AwaitedLock is { } buffer)
        {
            return machine.LockHolder(buffer) is { } holder ? [holder] : [];
        }

        List<DriverThread> signallers = [];
        foreach (DmaFence leaf in new DmaFenceUnwrap(thread.AwaitedFence))
        {
            foreach (DriverThread other in machine.Drivers)
            {
                if (!leaf.HasSignaled && IsToSignal(other, leaf, thread.AwaitedFence!))
                {
                    signallers.Add(other);
                }
            }
        }

        return signallers;
    }

    private static bool IsToSignal(DriverThread thread, DmaFence leaf, DmaFence whole)
    {
        foreach (DmaFence fence in thread.Signalling)
        {
            if (fence == leaf || fence == whole)
            {
                return true;
            }
        }

        return false;
    }

    private static string Sentence(DriverThread thread, DriverThread? next)
    {
        string who = next is null ? "" : next.IsAlive ? next.Name : $"{next.Name}, which is dead,";
        if (thread.AwaitedLock is { } buffer)
        {
            string held = next is null ? "" : $", which {who} holds";
            return string.Create(
                CultureInfo.InvariantCulture, $"{thread.Name} waits for the lock of buffer #{buffer.Inode}{held}");
        }

        string signals = next is null ? "" : $", which {who} is to signal";
        return $"{thread.Name} waits for fence {thread.AwaitedFence}{signals}";
    }
}
