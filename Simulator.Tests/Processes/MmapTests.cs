using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using DmaBufSim.Tests.Machines;
using DmaBufSim.Tests.Memory;
using NUnit.Framework;

namespace DmaBufSim.Tests.Processes;

[TestFixture]
public sealed class MmapTests
{
    private const uint Shared = 1;
    private const uint Private = 2;
    private const uint Validate = 3;
    private const int Large = (5 << 20) + 4096;

    /// <summary>A system-heap buffer of 5 MiB and a page, as run on 6.12 and 7.3.</summary>
    [TestCase(0, 5 << 20, "rw", Shared, Errno.OK, Errno.OK)]
    [TestCase(0, Large, "rw", Shared, Errno.OK, Errno.OK)]
    [TestCase(4096, 4096, "rw", Shared, Errno.OK, Errno.OK)]
    [TestCase(5 << 20, 4096, "rw", Shared, Errno.OK, Errno.OK)]
    [TestCase(5 << 20, 1, "rw", Shared, Errno.OK, Errno.OK)]
    [TestCase(0, Large + 4096, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, Large + 1, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(Large, 4096, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(1L << 40, 4096, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(100, 4096, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 0, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(-4096, 4096, "rw", Shared, Errno.EOVERFLOW, Errno.EOVERFLOW)]
    [TestCase(-4096, 1, "rw", Shared, Errno.EOVERFLOW, Errno.EOVERFLOW)]
    [TestCase(-8192, 4096, "rw", Shared, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, -1, "rw", Shared, Errno.ENOMEM, Errno.ENOMEM)]
    [TestCase(0, 1L << 62, "rw", Shared, Errno.ENOMEM, Errno.ENOMEM)]
    [TestCase(0, 4096, "rw", Private, Errno.OK, Errno.OK)]
    [TestCase(0, 4096, "none", Private, Errno.OK, Errno.OK)]
    [TestCase(0, 8192, "rw", Private, Errno.EINVAL, Errno.OK)]
    [TestCase(0, 65536, "r", Private, Errno.EINVAL, Errno.OK)]
    [TestCase(0, 1 << 20, "rw", Private, Errno.EINVAL, Errno.OK)]
    [TestCase(0, 2 << 20, "rw", Private, Errno.EINVAL, Errno.EINVAL)]
    [TestCase((1 << 20) - 4096, 8192, "rw", Private, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 4096, "rx", Shared, Errno.OK, Errno.EPERM)]
    [TestCase(0, 4096, "rwx", Private, Errno.OK, Errno.EPERM)]
    [TestCase(Large, 4096, "rx", Shared, Errno.EINVAL, Errno.EPERM)]
    [TestCase(0, 4096, "none", Shared, Errno.OK, Errno.OK)]
    [TestCase(0, 4096, "rw", Validate, Errno.OK, Errno.OK)]
    [TestCase(0, 4096, "rw", Validate | 0x80000, Errno.EOPNOTSUPP, Errno.EOPNOTSUPP)]
    [TestCase(0, 4096, "rw", Shared | 0x80000, Errno.OK, Errno.OK)]
    [TestCase(0, 4096, "rw", 0u, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 4096, "rw", 4u, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 4096, "rw", Shared | 0x40000, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 4096, "rw", Shared | 0x8000 | 0x2000, Errno.OK, Errno.OK)]
    [TestCase(0, 4096, "rw", Shared | 0x100, Errno.EINVAL, Errno.EINVAL)]
    [TestCase(0, 4096, "rx", Shared | 0x100, Errno.EINVAL, Errno.EPERM)]
    public void VectorsOfALargeBuffer(long offset, long length, string prot, uint flags, Errno on612, Errno on73)
    {
        foreach (string kernel in (string[])["6.1", "6.12", "7.3"])
        {
            Errno errno = kernel == "7.3" ? on73 : on612;
            Process process = TestMachine.Build(kernel).First;
            int b = process.Make("system", Large);
            Result<long> mapped = Map(process, b, offset, length, Prot(prot), flags);
            Assert.That(mapped.Errno, Is.EqualTo(errno), kernel);
            Assert.That(process.File(b).Value.References, Is.EqualTo(errno == Errno.OK ? 2 : 1));
        }
    }

    /// <summary>What is wrong in several ways is answered for the first of them.</summary>
    [TestCase(100, 0, "rwx", 0x40000u, 0u, Errno.EINVAL, Reason.OffsetUnaligned)]
    [TestCase(0, 0, "rwx", 0x40001u, 0u, Errno.EINVAL, Reason.MapFlagUnsupported)]
    [TestCase(-4096, 0, "rwx", 0u, 0u, Errno.EINVAL, Reason.LengthZero)]
    [TestCase(-4096, 1L << 48, "rwx", 0u, 0u, Errno.ENOMEM, Reason.LengthTooLarge)]
    [TestCase(-4096, 4096, "rwx", 0u, 0u, Errno.EOVERFLOW, Reason.OffsetOverflow)]
    [TestCase(1L << 40, 1, "rwx", 0u, 0u, Errno.EINVAL, Reason.MapTypeMissing)]
    [TestCase(1L << 40, 1, "rwx", 0x80003u, 0u, Errno.EOPNOTSUPP, Reason.MapFlagUnsupported)]
    [TestCase(1L << 40, 1, "rwx", 1u, 0u, Errno.EACCES, Reason.SharedWriteNeedsWritableFile)]
    [TestCase(1L << 40, 1, "rwx", 1u, 3u, Errno.EACCES, Reason.SharedWriteNeedsWritableFile)]
    [TestCase(1L << 40, 1, "rwx", 2u, 1u, Errno.EACCES, Reason.FileNotReadable)]
    [TestCase(1L << 40, 1, "rx", 1u, 1u, Errno.EACCES, Reason.FileNotReadable)]
    [TestCase(1L << 40, 1, "rx", 1u, 0u, Errno.EPERM, Reason.NoExecFilesystem)]
    [TestCase(1L << 40, 1, "r", 1u, 0u, Errno.EINVAL, Reason.ExporterCannotMmap)]
    public void ChecksComeInTheOrderOfTheKernel(
        long offset, long length, string prot, uint flags, uint mode, Errno errno, Reason reason)
    {
        Process process = TestMachine.Build("7.3").First;
        int b = process.Make(TestMachine.Secure, 4096, (OpenFlags)mode);
        Result<long> mapped = Map(process, b, offset, length, Prot(prot), flags);
        Assert.That((mapped.Errno, mapped.Reason), Is.EqualTo((errno, reason)));
    }

    [Test]
    public void BoundsFollowTheArithmetic() => Steps.Check(300, 30, steps =>
    {
        Process process = TestMachine.Build().First;
        int size = 1 + (steps[0] % 200_000);
        int b = process.Make(TestMachine.Cma, size);
        decimal pages = Math.Ceiling(size / 4096m);
        foreach (int number in steps)
        {
            int step = number;
            long offset = 4096L * Steps.Below(ref step, (int)pages + 3);
            long length = 1 + Steps.Below(ref step, 5000) + (4096L * (step % ((int)pages + 2)));
            decimal lastPage = (offset / 4096m) + Math.Ceiling(length / 4096m);
            Result<long> mapped = process.Mmap(b, (ulong)offset, (ulong)length, MapProtection.Read, Shared);
            Assert.That(mapped.IsOk, Is.EqualTo(lastPage <= pages), $"{size}: {offset}+{length}");
            if (!mapped.IsOk)
            {
                Assert.That((mapped.Errno, mapped.Reason), Is.EqualTo((Errno.EINVAL, Reason.BeyondBuffer)));
                continue;
            }

            VmArea area = process.FindMapping(mapped.Value)!;
            Assert.That((area.FirstPage, area.Length % 4096, area.Length - length), Is.EqualTo(
                ((int)(offset / 4096), 0L, (4096 - (length % 4096)) % 4096)));
        }

        AssertDisjoint([.. process.Mappings]);
    });

    [TestCase("6.1", "system", 0u, Shared, "r", "w", Errno.EACCES)]
    [TestCase("6.12", "system", 0u, Private, "r", "rw", Errno.OK)]
    [TestCase("6.12", "system", 2u, Shared, "none", "rwx", Errno.OK)]
    [TestCase("6.12", TestMachine.Cma, 0u, Validate, "r", "rx", Errno.OK)]
    [TestCase("6.12", TestMachine.Cma, 0u, Shared, "r", "rwx", Errno.EACCES)]
    [TestCase("6.12", TestMachine.Cma, 0u, Shared, "r", "none", Errno.OK)]
    [TestCase("7.3", "system", 2u, Shared, "rw", "rx", Errno.EACCES)]
    [TestCase("7.3", "system", 2u, Private, "r", "x", Errno.EACCES)]
    [TestCase("7.3", "system", 2u, Private, "r", "w", Errno.OK)]
    public void MprotectAddsWhatTheMappingMayHave(
        string kernel, string heap, uint mode, uint flags, string before, string after, Errno errno)
    {
        Process process = TestMachine.Build(kernel).First;
        int b = process.Make(heap, 4096, (OpenFlags)mode);
        long address = process.Mmap(b, 0, 4096, Prot(before), flags).Value;
        Assert.That(process.Mprotect(address, Prot(after)).Errno, Is.EqualTo(errno));
        string now = errno == Errno.OK ? after : before;
        Assert.That(process.FindMapping(address)!.Protection, Is.EqualTo(Prot(now)));
    }

    [Test]
    public void AMappingKeepsTheBufferAndGoesOnce()
    {
        Process process = TestMachine.Build().First;
        int b = process.Make("system", 8192);
        OpenFile file = process.File(b).Value;
        long address = process.Mmap(b, 0, 8192, MapProtection.None, Shared).Value;
        process.Close(b);
        Assert.That(file.References, Is.EqualTo(1));
        Assert.That(process.Munmap(address).IsOk);
        Assert.That(file.References, Is.Zero);
        Assert.That(process.Munmap(address).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(process.Mprotect(address, MapProtection.Read).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Fill(address, 0, 1, 1).Errno, Is.EqualTo(Errno.EFAULT));
    }

    // Every page of six is mapped as a slow list says, whatever was taken away before, also in a fork.
    [Test]
    public void PartsOfAMappingGo() => Steps.Check(200, 6, steps =>
    {
        Machine machine = TestMachine.Build();
        Process process = machine.First;
        int b = process.Make("system", 6 * 4096);
        OpenFile file = process.File(b).Value;
        long address = process.Mmap(b, 0, 6 * 4096, MapProtection.Read | MapProtection.Write, Shared).Value;
        bool[] mapped = [true, true, true, true, true, true];
        foreach (int number in steps)
        {
            int step = number;
            int first = Steps.Below(ref step, 6);
            int count = 1 + Steps.Below(ref step, 7);
            Assert.That(process.Munmap(address, (ulong)first << 12, ((ulong)count << 12) - 7).IsOk);
            mapped.AsSpan(first, Math.Min(count, 6 - first)).Clear();
            Assert.That(
                Enumerable.Range(0, 6).Select(page => process.Fill(address, page << 12, 4096, 1).IsOk), Is.EqualTo(mapped));
            int pieces = Enumerable.Range(0, 6).Count(page => mapped[page] && (page == 0 || !mapped[page - 1]));
            Assert.That(file.References, Is.EqualTo(1 + pieces));
            Assert.That(machine.HoldersOf(file), Has.Count.EqualTo(1 + pieces));
        }

        Process child = machine.Fork(process, "child");
        Assert.That(
            Enumerable.Range(0, 6).Select(page => child.Peek(address, page << 12).IsOk), Is.EqualTo(mapped));
        Assert.That(machine.HoldersOf(file), Has.Count.EqualTo(file.References));
        Assert.That(process.Fill(address, 0, 6 * 4096, 1).Errno, Is.EqualTo(Errno.EFAULT));
        Assert.That(process.Mprotect(address, MapProtection.Read).Errno, Is.EqualTo(Errno.ENOMEM));
        Assert.That(process.Munmap(address).IsOk);
    });

    [TestCase(1UL, 4096UL, Reason.OffsetUnaligned)]
    [TestCase(0UL, 0UL, Reason.LengthZero)]
    [TestCase(0UL, ulong.MaxValue, Reason.NothingMapped)]
    [TestCase(ulong.MaxValue - 4095, 4096UL, Reason.NothingMapped)]
    public void APartMustBePages(ulong offset, ulong length, Reason reason)
    {
        Process process = TestMachine.Build().First;
        long address = process.Mmap(process.Make("system", 8192), 0, 8192, MapProtection.Read, Shared).Value;
        Result refused = process.Munmap(address, offset, length);
        Assert.That((refused.Errno, refused.Reason), Is.EqualTo((Errno.EINVAL, reason)));
        Assert.That(process.Peek(address, 4096).IsOk);
    }

    private static Result<long> Map(
        Process process, int descriptor, long offset, long length, MapProtection protection, uint flags) =>
        process.Mmap(descriptor, unchecked((ulong)offset), unchecked((ulong)length), protection, flags);

    private static MapProtection Prot(string letters) =>
        letters == "none"
            ? MapProtection.None
            : letters.Aggregate(MapProtection.None, (bits, letter) => bits | letter switch
            {
                'r' => MapProtection.Read,
                'w' => MapProtection.Write,
                _ => MapProtection.Execute,
            });

    private static void AssertDisjoint(VmArea[] areas)
    {
        for (int i = 1; i < areas.Length; i++)
        {
            Assert.That(areas[i - 1].Address + areas[i - 1].Length, Is.LessThanOrEqualTo(areas[i].Address));
        }
    }
}
