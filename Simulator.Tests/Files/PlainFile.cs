using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Tracing;

namespace DmaBufSim.Tests.Files;

/// <summary>A file that can nothing but be held, and tells when it is released.</summary>
internal sealed class PlainFile(OpenFlags flags = OpenFlags.ReadWrite, Trace? trace = null)
    : OpenFile(trace ?? new Trace(), flags, 1)
{
    public int Releases { get; private set; }

    public override long Size => 0;

    public override Result<long> Seek(long offset, SeekWhence whence) => 0;

    public override Result Ioctl(uint number, in IoctlArgument argument) => Result.Ok;

    public override Result Mmap(in MappingRequest request) => Result.Ok;

    public override int FrameAt(int page) => page;

    protected override void Release() => Releases++;
}
