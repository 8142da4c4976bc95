using DmaBufSim.Abi;
using DmaBufSim.Files;
using DmaBufSim.Machines;
using DmaBufSim.Processes;
using NUnit.Framework;

namespace DmaBufSim.Tests.Machines;

/// <summary>The texts against those that real kernels printed.</summary>
[TestFixture]
public sealed class PseudoFileTests
{
    private const string BufInfo = "/sys/kernel/debug/dma_buf/bufinfo";

    [Test]
    public void BufInfoWithoutBuffers()
    {
        string[] lines = Read(TestMachine.Build(), BufInfo);
        Assert.That(lines, Is.EqualTo(new[]
        {
            "",
            "Dma-buf Objects:",
            "size    \tflags   \tmode    \tcount   \texp_name\tino     \tname",
            "",
            "Total 0 objects, 0 bytes",
        }));
    }

    /// <summary>Two buffers of a recorded program: the older one has two devices and a kernel mapping.</summary>
    [TestCase("6.1", "00080007")]
    [TestCase("6.12", "00080007")]
    [TestCase("7.3", "02080007")]
    public void BufInfoOfTwoBuffers(string kernel, string mode)
    {
        Machine machine = TestMachine.Build(kernel);
        int b = machine.First.Make("system", 53248);
        machine.Importers[0].Attach(machine.First.Buffer(b).Value);
        machine.Importers[1].Attach(machine.First.Buffer(b).Value);
        machine.Vmap(machine.First, b);
        machine.First.Make("system", 4194304);
        Assert.That(Read(machine, BufInfo)[3..], Is.EqualTo(new[]
        {
            $"04194304\t00000002\t{mode}\t00000001\tsystem\t00000002\t<none>",
            "\tAttached Devices:",
            "Total 0 devices attached",
            "",
            $"00053248\t00000002\t{mode}\t00000004\tsystem\t00000001\t<none>",
            "\tAttached Devices:",
            "\tprobe.1",
            "\tprobe.0",
            "Total 2 devices attached",
            "",
            "",
            "Total 2 objects, 4247552 bytes",
        }));
    }

    [TestCase("6.12", 0u, "00000000\t00080005")]
    [TestCase("6.12", 1u, "00000001\t00080006")]
    [TestCase("6.12", 3u, "00000003\t00080004")]
    [TestCase("7.3", 0u, "00000000\t02080005")]
    public void BufInfoShowsTheAccessMode(string kernel, uint access, string columns)
    {
        Machine machine = TestMachine.Build(kernel);
        machine.First.Make(TestMachine.Secure, 1196032, (OpenFlags)access | OpenFlags.CloseOnExec);
        Assert.That(Read(machine, BufInfo)[3], Is.EqualTo($"01196032\t{columns}\t00000001\ttee\t00000001\t<none>"));
    }

    [TestCase("", "\t00000001\t")]
    [TestCase("secret", "\t00000001\tsecret")]
    [TestCase("two\nlines", "\t00000001\ttwo|lines")]
    public void NamesArePrintedAsTheyAre(string name, string end)
    {
        Machine machine = TestMachine.Build();
        int b = machine.First.Make("system", 1);
        machine.First.SetName(b, name);
        Assert.That(string.Join('|', Read(machine, BufInfo)[3..]), Does.Contain($"{end}|\tAttached Devices:|"));
        Assert.That(string.Join('|', Read(machine, $"/proc/self/fdinfo/{b}")), Does.EndWith(
            $"|name:\t{name.Replace('\n', '|')}"));
    }

    /// <summary>The text of the reference, for inode 1.</summary>
    [Test]
    public void FdInfoOfANamedBuffer()
    {
        Machine machine = TestMachine.Build();
        int b = machine.First.Make("system", 5246976, OpenFlags.ReadWrite | OpenFlags.CloseOnExec);
        machine.First.Mmap(b, 0, 8192, MapProtection.Read, 1);
        machine.First.SetName(b, "mybuf");
        Assert.That(Read(machine, $"/proc/self/fdinfo/{b}"), Is.EqualTo(new[]
        {
            "pos:\t0", "flags:\t02000002", "mnt_id:\t16", "ino:\t1",
            "size:\t5246976", "count:\t2", "exp_name:\tsystem", "name:\tmybuf",
        }));
    }

    [TestCase(0u, "flags:\t00")]
    [TestCase(1u, "flags:\t01")]
    [TestCase(2u, "flags:\t02")]
    [TestCase(3u, "flags:\t03")]
    [TestCase(0x80000u, "flags:\t02000000")]
    [TestCase(0x80003u, "flags:\t02000003")]
    public void FdInfoPrintsFlagsInOctal(uint flags, string line)
    {
        Machine machine = TestMachine.Build();
        int b = machine.First.Make("system", 1, (OpenFlags)flags);
        Assert.That(Read(machine, $"/proc/self/fdinfo/{b}")[1], Is.EqualTo(line));
        Assert.That(Read(machine, $"/proc/self/fdinfo/{b}"), Has.Length.EqualTo(7), "no name yet");
    }

    [Test]
    public void FdInfoFollowsTheIoctlsOfTheKernel()
    {
        Machine machine = TestMachine.Build();
        int b = machine.First.Make("system", 1);
        machine.First.Ioctl(b, 0x5421, new IoctlArgument(true, 1));
        machine.First.Ioctl(b, 0x5451, default);
        Assert.That(Read(machine, $"/proc/self/fdinfo/{b}")[1], Is.EqualTo("flags:\t02004002"));
        Assert.That(Read(machine, BufInfo)[3].Split('\t')[1], Is.EqualTo("00000802"));
    }

    [TestCase("/proc/self/fdinfo/99")]
    [TestCase("/proc/self/fdinfo/-1")]
    [TestCase("/proc/self/fdinfo/04")]
    [TestCase("/proc/self/fdinfo/")]
    [TestCase("/proc/self/fdinfo/4x")]
    [TestCase("/proc/self/fdinfo/99999999999")]
    [TestCase("/sys/kernel/debug/cma/nosuch/count")]
    [TestCase("/sys/kernel/debug/cma/reserved/nosuch")]
    [TestCase("/sys/kernel/debug/cma/reserved")]
    [TestCase("/sys/kernel/mm/cma/reserved/count")]
    [TestCase("nosuch")]
    [TestCase("")]
    public void OtherPathsDoNotExist(string path)
    {
        Machine machine = TestMachine.Build();
        machine.First.Make("system", 1);
        Result<List<string>> read = PseudoFiles.Read(machine, machine.First, path);
        Assert.That((read.Errno, read.Reason), Is.EqualTo((Errno.ENOENT, Reason.PathUnknown)));
    }

    [Test]
    public void EveryListedPathExists()
    {
        Machine machine = TestMachine.Build();
        int b = machine.First.Make("system", 1);
        foreach (string path in PseudoFiles.Paths(machine))
        {
            string name = path.EndsWith("/N", StringComparison.Ordinal) ? $"{path[..^1]}{b}" : path;
            Assert.That(Read(machine, name), Is.Not.Empty, path);
        }
    }

    [Test]
    public void SelfIsTheProcessThatReads()
    {
        Machine machine = TestMachine.Build();
        Process child = machine.Fork(machine.First, "p1");
        int b = child.Make("system", 1);
        Assert.That(PseudoFiles.Read(machine, child, $"/proc/self/fdinfo/{b}").IsOk);
        Assert.That(PseudoFiles.Read(machine, machine.First, $"/proc/self/fdinfo/{b}").Errno, Is.EqualTo(Errno.ENOENT));
    }

    [Test]
    public void TheViewsOfAnAreaAgree()
    {
        Machine machine = TestMachine.Build();

        // Pages 0 to 4, and at the next multiple of four pages 8 to 10.
        machine.First.Make(TestMachine.Cma, 5 * 4096);
        machine.First.Make(TestMachine.Cma, 3 * 4096);
        machine.First.Allocate(TestMachine.Cma, 16 << 20, OpenFlags.ReadWrite);
        string area = machine.Areas[0].Name;
        Assert.That(Cat("cma", "count"), Is.EqualTo("2048"));
        Assert.That(Cat("cma", "used"), Is.EqualTo("8"));
        Assert.That(Cat("cma", "maxchunk"), Is.EqualTo("2037"));
        Assert.That(Cat("cma", "bitmap").Split(' ')[..2], Is.EqualTo(new[] { "1823", "0" }));
        Assert.That(Cat("cma", "bitmap").Split(' '), Has.Length.EqualTo(64));

        string Cat(string folder, string file) => Read(machine, $"/sys/kernel/debug/{folder}/{area}/{file}")[0];
    }

    [Test]
    public void MemInfoCountsPages()
    {
        Machine machine = TestMachine.Build();
        string[] before = Read(machine, "/proc/meminfo");
        machine.First.Make("system", 1 << 20);
        machine.First.Make(TestMachine.Cma, 1 << 20);
        string[] after = Read(machine, "/proc/meminfo");
        Assert.That(before[0], Is.EqualTo("MemTotal:          32768 kB"));
        Assert.That((Kib(before[1]) - Kib(after[1]), Kib(before[3]) - Kib(after[3])), Is.EqualTo((2048, 1024)));
        Assert.That(after[2], Is.EqualTo("CmaTotal:           8192 kB"));

        static int Kib(string line) => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private static string[] Read(Machine machine, string path) =>
        [.. PseudoFiles.Read(machine, machine.First, path).Value];
}
