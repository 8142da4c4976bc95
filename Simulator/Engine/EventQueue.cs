namespace DmaBufSim.Engine;

/// <summary>
/// What is going to happen on one machine, in the order of time; of equal times what was added first.
/// </summary>
/// <typeparam name="T">What an event says; a structure keeps the queue free of objects.</typeparam>
/// <param name="clock">The clock that taking an event moves.</param>
/// <remarks>
/// <para><b>Kernel:</b> <c>hrtimer</c>, without interrupts: nothing happens unless somebody takes it.</para>
/// <para><b>Cost:</b> a heap with four children a node, in one array: adding costs a comparison or two on average,
/// taking four for each power of four among the events. Nothing is allocated unless the array has to grow.</para>
/// </remarks>
public sealed class EventQueue<T>(SimClock clock)
{
    private const int Children = 4;

    private Entry[] heap = new Entry[16];
    private long sequence;

    /// <summary>How many events are to come.</summary>
    public int Count { get; private set; }

    /// <summary>
    /// When the next event happens, in nanoseconds since boot; <see cref="long.MaxValue"/> without one.
    /// </summary>
    public long NextTime => Count == 0 ? long.MaxValue : heap[0].Time;

    /// <summary>Adds an event.</summary>
    /// <param name="delay">Nanoseconds from now; not negative, and before the end of all time.</param>
    /// <param name="what">What it says.</param>
    public void Add(long delay, T what)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(delay);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(delay, long.MaxValue - clock.Now);
        if (Count == heap.Length)
        {
            Array.Resize(ref heap, Count * 2);
        }

        Entry added = new(clock.Now + delay, sequence++, what);
        int at = Count++;
        while (at > 0)
        {
            int parent = (at - 1) / Children;
            if (!added.IsBefore(heap[parent]))
            {
                break;
            }

            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = added;
    }

    /// <summary>Takes the next event and moves the clock to its time, unless the clock is past it already.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Take()
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("there is no event to come");
        }

        Entry next = heap[0];
        Count--;
        Entry last = heap[Count];
        heap[Count] = default;
        if (Count > 0)
        {
            Sink(last);
        }

        clock.Advance(Math.Max(0, next.Time - clock.Now));
        return next.What;
    }

    /// <summary>Forgets all events.</summary>
    public void Clear()
    {
        Array.Clear(heap, 0, Count);
        Count = 0;
    }

    private void Sink(in Entry last)
    {
        int at = 0;
        for (int child = 1; child < Count; child = (at * Children) + 1)
        {
            int end = Math.Min(child + Children, Count);
            int first = child;
            for (int other = child + 1; other < end; other++)
            {
                first = heap[other].IsBefore(heap[first]) ? other : first;
            }

            if (!heap[first].IsBefore(last))
            {
                break;
            }

            heap[at] = heap[first];
            at = first;
        }

        heap[at] = last;
    }

    private readonly record struct Entry(long Time, long Sequence, T What)
    {
        public bool IsBefore(in Entry other) =>
            Time < other.Time || (Time == other.Time && Sequence < other.Sequence);
    }
}
