using DmaBufSim.Abi;
using DmaBufSim.Buffers;
using DmaBufSim.Dma;
using DmaBufSim.Engine;
using DmaBufSim.Fences;
using DmaBufSim.Memory;
using DmaBufSim.Security;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Buffers;

/// <summary>An exporter that writes down what the core asks of it, and refuses where a test says so.</summary>
internal sealed class PlainStorage(bool isDynamic = false) : DmaBufExporter
{
    private readonly SgTable table = new(new FrameRun(0, 1));

    public List<string> Calls { get; } = [];

    public string Refuses { get; set; } = "";

    public override bool IsDynamic => isDynamic;

    public override bool CanVmap => Refuses != "vmap exists";

    public override bool CanMmap => Refuses != "mmap exists";

    public static (DmaBufList List, Trace Trace) NewList(string kernel = "6.12")
    {
        Trace trace = new();
        return (new DmaBufList(new FenceCore(KernelProfile.Find(kernel)!, trace, new SimClock())), trace);
    }

    public static DmaDevice NewDevice(string name = "probe.0") => new(name, new Master(name));

    protected internal override Result Attach(DmaBufAttachment attachment) => Call("attach");

    protected internal override void Detach(DmaBufAttachment attachment) => Call("detach");

    protected internal override Result<SgTable> Map(DmaBufAttachment attachment, DmaDirection direction) =>
        Call($"map {direction}") is { IsOk: false } failure ? failure : table;

    protected internal override void Unmap(DmaBufAttachment attachment, SgTable table, DmaDirection direction) =>
        Call($"unmap {direction}");

    protected internal override Result Pin(DmaBufAttachment attachment) => Call("pin");

    protected internal override void Unpin(DmaBufAttachment attachment) => Call("unpin");

    protected internal override Result Vmap(DmaBuf buffer) => Call("vmap");

    protected internal override void Vunmap(DmaBuf buffer) => Call("vunmap");

    protected internal override Result BeginCpuAccess(DmaBuf buffer, DmaDirection direction) =>
        Call($"begin {direction}");

    protected internal override Result EndCpuAccess(DmaBuf buffer, DmaDirection direction) => Call($"end {direction}");

    protected internal override int FrameAt(int page) => page;

    protected internal override void Release(DmaBuf buffer) => Call("release");

    private Result Call(string what)
    {
        Calls.Add(what);
        return what.Split(' ')[0] == Refuses ? new Result(Errno.ENOMEM, Reason.OutOfMemory) : Result.Ok;
    }
}
