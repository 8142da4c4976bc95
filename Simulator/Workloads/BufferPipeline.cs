using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Devices;
using DmaBufSim.Dma;
using DmaBufSim.Heaps;

namespace DmaBufSim.Workloads;

/// <summary>The devices that a pipeline passes its buffers through: one writes them, another reads them.</summary>
/// <remarks>
/// <para>Each device attaches to each buffer when it comes, the writer first, and stays attached. With each turn the
/// reader lets go of its buffer and maps the one that the writer has finished, and the writer maps the next.</para>
/// <para><b>Kernel:</b> what videobuf2 does with the buffers of V4L2_MEMORY_DMABUF: <c>attach_dmabuf()</c> when a
/// buffer is queued first, <c>map_dmabuf()</c> and <c>unmap_dmabuf()</c> around each use. <b>Simpler:</b> a job moves
/// the first 16 bytes, which is enough to meet what protects them. User space is honest, and tells drivers that a
/// buffer of a heap with rules is protected.</para>
/// </remarks>
internal sealed class BufferPipeline(Workload workload, string tenant, Importer? writer, Importer? reader)
{
    private const int JobBytes = 16;
    private const byte Written = 0x80;

    private readonly List<Entry> entries = [];
    private Entry? written;
    private int next;

    /// <summary>A buffer has come.</summary>
    /// <returns>Whether every device has it; otherwise none.</returns>
    public bool Take(int descriptor, DmaBuf buffer)
    {
        Entry entry = new(descriptor);
        bool isTaken = TryAttach(writer, buffer, out entry.Write) && TryAttach(reader, buffer, out entry.Read);
        if (isTaken)
        {
            entries.Add(entry);
        }
        else
        {
            entry.LetGo();
        }

        return isTaken;
    }

    /// <summary>A buffer goes.</summary>
    public void Drop(int descriptor)
    {
        int at = entries.FindIndex(entry => entry.Descriptor == descriptor);
        if (at >= 0)
        {
            entries[at].LetGo();
            written = written == entries[at] ? null : written;
            next -= at < next ? 1 : 0;
            entries.RemoveAt(at);
        }
    }

    /// <summary>All buffers go.</summary>
    public void DropAll()
    {
        entries.ForEach(entry => entry.LetGo());
        entries.Clear();
        (written, next) = (null, 0);
    }

    /// <summary>The next picture: the reader gets the one that is finished, the writer the next buffer.</summary>
    public void Turn()
    {
        foreach (Entry entry in entries)
        {
            Unmap(entry.Read);
        }

        Unmap(written?.Write);
        if (written is not null)
        {
            Use(written.Read, DmaDirection.ToDevice);
        }

        next = next < entries.Count ? next : 0;
        written = entries.Count > 0 ? entries[next++] : null;
        Use(written?.Write, DmaDirection.FromDevice);
    }

    private static void Unmap(Import? import)
    {
        if (import is { IsAttached: true, IsMapped: true })
        {
            import.Unmap();
        }
    }

    private bool TryAttach(Importer? device, DmaBuf buffer, out Import? import)
    {
        import = null;
        if (device is null)
        {
            return true;
        }

        bool isProtected = buffer.Exporter is HeapBuffer { Protection: not null };
        Result<Import> attached = device.Attach(buffer, isCalledSecure: isProtected);
        import = attached.IsOk ? attached.Value : null;
        workload.Current.Attached += attached.IsOk ? 1 : 0;
        Note(attached.Status, "attach", device);
        return attached.IsOk;
    }

    // A driver that was unbound in between holds nothing any more.
    private void Use(Import? import, DmaDirection direction)
    {
        if (import is not { IsAttached: true })
        {
            return;
        }

        Result mapped = import.Map(direction);
        workload.Current.Mapped += mapped.IsOk ? 1 : 0;
        Note(mapped, "map", import.Importer);
        if (mapped.IsOk)
        {
            Result done = direction == DmaDirection.FromDevice
                ? import.Fill(0, JobBytes, Written)
                : import.Read(0, JobBytes).Status;
            bool isHidden = done.IsOk && import.Symptom != WrongConfiguration.Fault;
            Note(isHidden ? new Result(Errno.EACCES, Reason.WrongConfiguration) : done, "access", import.Importer);
        }
    }

    private void Note(Result result, string step, Importer device)
    {
        if (!result.IsOk)
        {
            workload.Current.ImportsRefused++;
            workload.Watch?.Refuse(tenant, step, device.Name, result, workload.Machine.Clock.Now);
        }
    }

    private sealed class Entry(int descriptor)
    {
        public Import? Write;
        public Import? Read;

        public int Descriptor => descriptor;

        public void LetGo()
        {
            foreach (Import? import in (Import?[])[Write, Read])
            {
                Unmap(import);
                if (import is { IsAttached: true })
                {
                    import.Detach();
                }
            }
        }
    }
}
