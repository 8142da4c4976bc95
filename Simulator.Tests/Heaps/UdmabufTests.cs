using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Heaps;
using DmaBufSim.Machines;
using DmaBufSim.Tests.Support;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DmaBufSim.Tests.Heaps;

/// <summary>What UDMABUF_CREATE and UDMABUF_CREATE_LIST check, in which order.</summary>
[TestFixture]
public sealed class UdmabufTests
{
    private const ulong Page = 4096;

    private static readonly string[] Kernels = ["6.1", "6.12", "7.3"];

    [TestCase(MemfdSeals.None, Errno.EINVAL)]
    [TestCase(MemfdSeals.Grow, Errno.EINVAL)]
    [TestCase(MemfdSeals.Seal, Errno.EINVAL)]
    [TestCase(MemfdSeals.Write, Errno.EINVAL)]
    [TestCase(MemfdSeals.Shrink | MemfdSeals.Write, Errno.EINVAL)]
    [TestCase(MemfdSeals.Shrink | MemfdSeals.FutureWrite, Errno.EINVAL)]
    [TestCase(MemfdSeals.Shrink, Errno.OK)]
    [TestCase(MemfdSeals.Shrink | MemfdSeals.Grow | MemfdSeals.Seal, Errno.OK)]
    public void SealsDecide(MemfdSeals seals, Errno errno)
    {
        foreach (string kernel in Kernels)
        {
            Machine machine = Box.Empty.On(kernel).Build();
            Result<int> made = machine.Create(machine.Memfd(16, seals), 0, Page);
            Assert.That(made.Errno, Is.EqualTo(errno));
            Assert.That(made.Reason, Is.EqualTo(errno == Errno.OK ? Reason.None : Reason.UdmabufSeals));
        }
    }

    [TestCase(100ul, Page, Reason.UdmabufUnaligned)]
    [TestCase(0ul, 100ul, Reason.UdmabufUnaligned)]
    [TestCase(0ul, 0ul, Reason.UdmabufEmpty)]
    [TestCase(0ul, 17 * Page, Reason.UdmabufBeyondMemfd)]
    [TestCase(16 * Page, Page, Reason.UdmabufBeyondMemfd)]
    [TestCase(ulong.MaxValue - Page + 1, Page, Reason.UdmabufBeyondMemfd)]
    [TestCase(1ul << 63, Page, Reason.UdmabufBeyondMemfd)]
    public void AWrongStretchIsRefused(ulong offset, ulong size, Reason reason)
    {
        foreach (string kernel in Kernels)
        {
            Machine machine = Box.Empty.On(kernel).Build();
            Assert.That(
                machine.Create(machine.Memfd(16), offset, size).Why(), Is.EqualTo((Errno.EINVAL, reason)), kernel);
            Assert.That(machine.Buffers.Count, Is.Zero);
        }
    }

    [Test]
    public void OnlyAMemfdWillDo([ValueSource(nameof(Kernels))] string kernel)
    {
        Machine machine = Box.Empty.Heap("system", "system").On(kernel).Build();
        int memfd = machine.Memfd(16);
        int buffer = machine.Alloc("system", 4096);
        int udmabuf = machine.Create(memfd, 0, Page).Value;
        foreach (int wrong in new[] { buffer, udmabuf, -1, 0, 9, int.MaxValue })
        {
            Assert.That(
                machine.Create(wrong, 0, Page).Why(), Is.EqualTo((Errno.EBADFD, Reason.UdmabufNotAMemfd)));
        }
    }

    [TestCase(UdmabufFlags.None, false)]
    [TestCase(UdmabufFlags.CloseOnExec, true)]
    [TestCase((UdmabufFlags)0xff, true)]
    [TestCase((UdmabufFlags)0xfffffffe, false)]
    public void OnlyOneFlagIsLookedAt(UdmabufFlags flags, bool closes)
    {
        Machine machine = Box.Empty.Build();
        int made = machine.First.CreateUdmabuf(new UdmabufItem(machine.Memfd(16), 0, Page), flags).Value;
        Assert.That(machine.First.Files.IsCloseOnExec(made), Is.EqualTo(closes));
        Assert.That(machine.Buffer(made).Flags, Is.EqualTo(OpenFlags.ReadWrite));
        Assert.That(machine.Buffer(made).ExporterName, Is.EqualTo("udmabuf"));
    }

    [TestCase("6.1", Errno.EINVAL)]
    [TestCase("6.12", Errno.EINVAL)]
    [TestCase("7.3", Errno.OK)]
    public void TheSizeLimitIsThatOfTheKernel(string kernel, Errno errno)
    {
        Machine machine = new MachineDescription { Memory = 256 << 20 }.On(kernel).Build();
        int memfd = machine.Memfd((64 << 8) + 1);
        Assert.That(machine.Create(memfd, 0, 64 << 20).IsOk);
        Assert.That(machine.Create(memfd, 0, (64 << 20) + Page).Errno, Is.EqualTo(errno));
        Assert.That(machine.List((memfd, 0, 64 << 20), (memfd, 0, Page)).Errno, Is.EqualTo(errno));
    }

    [Test]
    public void TheLimitsAreModuleParameters()
    {
        Machine machine = (Box.Empty with { UdmabufSizeLimit = 1 << 20, UdmabufListLimit = 2 }).Build();
        int memfd = machine.Memfd(512);
        Assert.That(machine.Create(memfd, 0, 1 << 20).IsOk);
        Assert.That(
            machine.Create(memfd, 0, (1 << 20) + Page).Why(), Is.EqualTo((Errno.EINVAL, Reason.UdmabufTooLarge)));
        Assert.That(machine.List((memfd, 0, Page), (memfd, 0, Page)).IsOk);
        Assert.That(
            machine.List((memfd, 1, 1), (memfd, 1, 1), (memfd, 1, 1)).Why(),
            Is.EqualTo((Errno.EINVAL, Reason.UdmabufListTooLong)),
            "the length of the list comes first");
    }

    [TestCase(0, Errno.EINVAL)]
    [TestCase(1, Errno.OK)]
    [TestCase(1024, Errno.OK)]
    [TestCase(1025, Errno.EINVAL)]
    public void AListHasUpToAThousandAndTwentyFourStretches(int count, Errno errno)
    {
        Machine machine = Box.Empty.Build();
        int memfd = machine.Memfd(16);
        Result<int> made = machine.List([.. Enumerable.Repeat((memfd, Page, Page), count)]);
        Assert.That(made.Errno, Is.EqualTo(errno));
        if (made.IsOk)
        {
            Assert.That(machine.Buffer(made.Value).Size, Is.EqualTo(count * 4096));
            MemfdPage[] pages = ((UdmabufBuffer)machine.Buffer(made.Value).Exporter).Pages.ToArray();
            Assert.That(pages.Distinct().Single().References, Is.EqualTo(count + 1));
        }
    }

    [TestCase("6.1", Errno.OK)]
    [TestCase("6.12", Errno.EINVAL)]
    [TestCase("7.3", Errno.EINVAL)]
    public void AnEmptyStretchAmongOthers(string kernel, Errno errno)
    {
        Machine machine = Box.Empty.On(kernel).Build();
        int memfd = machine.Memfd(16);
        Assert.That(
            machine.List((memfd, 0, Page), (memfd, Page, 0), (memfd, 0, Page)).Errno, Is.EqualTo(errno));
        Assert.That(machine.List((memfd, 0, 0), (memfd, 0, 0)).Errno, Is.EqualTo(Errno.EINVAL));
        Assert.That(machine.List((memfd, 0, Page), (-1, Page, 0)).Errno, Is.EqualTo(Errno.EBADFD));
    }

    [Test]
    public void EveryShapeIsLookedAtBeforeTheFirstDescriptor()
    {
        Machine machine = Box.Empty.Build();
        int plain = machine.Memfd(16, MemfdSeals.None);
        Assert.That(machine.List((-1, 0, Page), (-1, 1, Page)).Reason, Is.EqualTo(Reason.UdmabufUnaligned));
        Assert.That(machine.List((-1, 0, 1 << 30), (-1, 1, Page)).Reason, Is.EqualTo(Reason.UdmabufTooLarge));
        Assert.That(machine.List((-1, 0, 0)).Reason, Is.EqualTo(Reason.UdmabufEmpty));
        Assert.That(machine.List((plain, 99 * Page, Page), (-1, 0, Page)).Reason, Is.EqualTo(Reason.UdmabufSeals));
        Assert.That(machine.List((-1, 0, Page), (plain, 0, Page)).Reason, Is.EqualTo(Reason.UdmabufNotAMemfd));
    }

    [Test]
    public void TheDescriptorComesLast()
    {
        Machine machine = (Box.Empty with { MaxDescriptors = 6 }).Build();
        int memfd = machine.Memfd(16);
        int second = machine.First.Duplicate(memfd).Value;
        long free = machine.Memory.Buddy.FreeFrames;
        Assert.That(machine.Create(memfd, 1, Page).Reason, Is.EqualTo(Reason.UdmabufUnaligned));
        Assert.That(machine.Create(-1, 0, Page).Errno, Is.EqualTo(Errno.EBADFD));
        Assert.That(
            machine.Create(memfd, 0, Page).Why(), Is.EqualTo((Errno.EMFILE, Reason.DescriptorTableFull)));
        Assert.That(machine.Buffers.Count, Is.Zero);
        Assert.That(free - machine.Memory.Buddy.FreeFrames, Is.EqualTo(1), "the page stays with the memfd");
        machine.First.Close(second);
        Assert.That(machine.Create(memfd, 0, Page).Value, Is.EqualTo(5), "the open node has number 4");
    }

    [Test]
    public void WithoutMemoryThePagesThatCameStayWithTheMemfd()
    {
        Machine machine = new MachineDescription { Memory = 4 << 20 }.Build();
        int memfd = machine.Memfd(1025);
        Assert.That(
            machine.Create(memfd, 0, 1025 * Page).Why(), Is.EqualTo((Errno.ENOMEM, Reason.OutOfMemory)));
        Memfd file = (Memfd)machine.First.File(memfd).Value;
        Assert.That(file.Pages.Select(page => page.References), Has.Exactly(1024).Items.And.All.EqualTo(1));
        machine.First.Close(memfd);
        Assert.That(machine.Memory.Buddy.FreeFrames, Is.EqualTo(1024));
    }

    [Test]
    public void ManyStretchesAreWhatASimpleModelSays() =>
        Prop.ForAll(
            Arb.From(Gen.ArrayOf(Gen.Choose(0, int.MaxValue)).Where(numbers => numbers.Length is > 0 and < 8)),
            Arb.From(Gen.Elements(Kernels)),
            (numbers, kernel) =>
            {
                Machine machine = (Box.Empty with { UdmabufSizeLimit = 1 << 20 }).On(kernel).Build();
                int memfd = machine.Memfd(100);
                (int, ulong Offset, ulong Size)[] items =
                    [.. numbers.Select(n => (memfd, Number(n % 1000), Number(n / 1000 % 1000)))];
                Result<int> made = machine.List(items);
                bool aligned = items.All(item => item.Offset % Page == 0 && item.Size % Page == 0);
                ulong total = items.Aggregate(0ul, (sum, item) => sum + item.Size);
                bool inside = items.All(item =>
                    item.Offset + item.Size <= 100 * Page && (item.Size > 0 || kernel == "6.1"))
                    || (kernel == "6.1" && items.All(item => item.Size == 0 || item.Offset + item.Size <= 100 * Page));
                bool fits = aligned && total is > 0 and <= 1 << 20 && inside;
                return made.IsOk == fits
                    && (fits ? machine.Buffer(made.Value).Size == (long)total : made.Errno == Errno.EINVAL);
            }).QuickCheckThrowOnFailure();

    // Mostly whole pages, now and then not.
    private static ulong Number(int draw) => draw % 20 == 0 ? (ulong)draw : (ulong)(draw % 60) * Page;
}
