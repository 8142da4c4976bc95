using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Tracing;

namespace DmaBufSim.Devices;

/// <summary>A device and its driver, which import buffers.</summary>
/// <param name="name">The name in the description.</param>
/// <param name="type">What kind of device it is.</param>
/// <param name="device">The device as the DMA layer sees it.</param>
/// <param name="bus">The way to the bytes.</param>
/// <param name="trace">Where records and refusals go.</param>
public sealed class Importer(string name, DeviceType type, DmaDevice device, MemoryBus bus, Trace trace)
{
    private readonly List<Import> imports = [];

    /// <summary>The name in the description.</summary>
    public string Name => name;

    /// <summary>What kind of device it is.</summary>
    public DeviceType Type => type;

    /// <summary>The device as the DMA layer sees it.</summary>
    public DmaDevice Device => device;

    /// <summary>The buffers that it holds, oldest first.</summary>
    public IReadOnlyList<Import> Imports => imports;

    /// <summary>How its driver learns that a buffer is protected.</summary>
    public ImporterKnowledge Knowledge { get; init; }

    internal MemoryBus Bus => bus;

    /// <summary>The addresses that the driver gave back last.</summary>
    internal StaleAddresses Stale { get; } = new();

    internal Trace Trace => trace;

    /// <summary>Attaches to a buffer.</summary>
    /// <param name="buffer">The buffer; the import takes a reference to it.</param>
    /// <param name="isDynamic">Whether the driver attaches as a dynamic importer.</param>
    /// <param name="isCalledSecure">Whether user space says that the buffer is protected.</param>
    /// <returns>The import, or what <see cref="DmaBuf.Attach"/> answers.</returns>
    /// <remarks>
    /// <b>Kernel:</b> <c>dma_buf_get()</c>, then <c>dma_buf_attach()</c> or <c>dma_buf_dynamic_attach()</c>.
    /// </remarks>
    public Result<Import> Attach(DmaBuf buffer, bool isDynamic = false, bool isCalledSecure = false)
    {
        buffer.Get();
        Import import = new(this, isDynamic, isCalledSecure);
        Result<DmaBufAttachment> attachment = buffer.Attach(device, isDynamic ? import : null);
        if (!attachment.IsOk)
        {
            buffer.Put();
            if (attachment.Errno is Errno.EACCES or Errno.ENOSPC
                || attachment.Reason is Reason.GranuleMissed or Reason.MastersShareId)
            {
                bus.NoteAttachFailure();
            }

            return attachment.As<Import>();
        }

        import.Start(attachment.Value);
        imports.Add(import);
        return import;
    }

    /// <summary>The link behind the device is protected now, or not any more.</summary>
    /// <remarks>
    /// While it is not, hardware lets the device read no protected byte, also where it has mapped it already.
    /// </remarks>
    public void SetLink(bool isProtected) => bus.SetLink(device, isProtected);

    /// <summary>The driver leaves the device: it unmaps and detaches all that it holds, oldest first.</summary>
    /// <returns>How many buffers it held.</returns>
    /// <remarks>
    /// <b>Kernel:</b> what a driver does when it is unbound, or when the last file of its device is closed.
    /// <b>Differs:</b> another driver is there at once.
    /// </remarks>
    public int Unbind()
    {
        int held = imports.Count;
        while (imports.Count > 0)
        {
            Import oldest = imports[0];
            if (oldest.IsMapped)
            {
                oldest.Unmap();
            }

            oldest.Detach();
        }

        return held;
    }

    internal void Forget(Import import) => imports.Remove(import);
}
