using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

/// <summary>Which bytes of the buffer a private mapping really touches: the laws judge by these records.</summary>
[TestFixture]
public sealed class PrivatePagesTests
{
    [Test]
    public void AReadOfTheBufferIsARecordAndAReadOfTheOwnCopyIsNot()
    {
        Machine machine = new MachineBuilder().Build(
            new MachineDescription { Heaps = [new HeapDescription("system", "system")] });
        Process process = machine.First;
        int descriptor = process.Allocate("system", 4096, OpenFlags.ReadWrite).Value;
        long mapping = process.Mmap(
            descriptor, 0, 4096, MapProtection.Read | MapProtection.Write, (uint)MapType.Private).Value;
        ByteRecords records = new();
        machine.Trace.Sink = records;

        process.Hash(mapping, 100, 8);
        Assert.That(records.Take(), Is.EqualTo(new[] { "BytesRead 100+8" }));
        process.Fill(mapping, 10, 4, 1);
        Assert.That(records.Take(), Is.EqualTo(new[] { "BytesRead 0+4096" }));
        process.Fill(mapping, 10, 4, 2);
        process.Hash(mapping, 0, 4096);
        Assert.That(records.Take(), Is.Empty);
    }

    private sealed class ByteRecords : TraceSink
    {
        private readonly List<string> seen = [];

        public override void Write(in TraceRecord record)
        {
            if (record.Event is TraceEvent.BytesRead or TraceEvent.BytesWritten)
            {
                seen.Add($"{record.Event} {record.First}+{record.Second}");
            }
        }

        public string[] Take()
        {
            string[] taken = [.. seen];
            seen.Clear();
            return taken;
        }
    }
}
