using DmaBufSim.Abi;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>The verbs of memfds and udmabufs, and what other verbs say of a memfd.</summary>
[TestFixture]
public sealed class UdmabufVerbTests
{
    [Test]
    public void AMemfdIsARegularFile() => Passes("""
        u = memfd 5000 none -> ok
        fdinfo u -> ok flags=0100002
        fstat u -> ok size=5000 blocks=0 mode=100777 nlink=0
        getfl u -> ok rdwr
        getfd u -> ok none
        write u -> ok
        lseek u 0 cur -> ok 16
        lseek u 0 hole -> ok 4096
        lseek u 0 end -> ok 5000
        read u -> ok
        ftruncate u 0 -> ok
        fstat u -> ok size=0 blocks=0 mode=100777 nlink=0
        same u u -> ok yes
        ioctl u 0x40086200 1 -> ENOTTY
        d = dup u -> ok
        a = attach probe0 u -> EINVAL
        v = vmap u -> EINVAL
        """);

    [Test]
    public void AMemfdWithoutItsSizeOrSealsIsNoMemfd() => Passes("""
        u = memfd -1 shrink -> EINVAL
        u = memfd 4096 0x100 -> EINVAL
        fstat u -> EBADF
        cat /proc/self/fdinfo/3 -> ENOENT
        u = memfd 0 shrink|0x1 -> ok
        add_seals u grow -> EPERM
        b = udmabuf u 0 4096 -> EINVAL
        """);

    [Test]
    public void AListIsOneWord() => Passes("""
        u = memfd 16p shrink -> ok
        w = memfd 4p shrink -> ok
        b = udmabuf_list u:4p:2p,w:0:0x1000,u:4p:2p cloexec -> ok size=20480
        getfd b -> ok cloexec
        b = udmabuf_list none -> EINVAL
        b = udmabuf_list u:0:4096,nosuch:0:4096 -> EBADFD
        b = udmabuf_list nosuch:0:4096,u:0:4095 0xfe -> EINVAL
        b = udmabuf_list u:0:4096 0xfe -> ok size=4096
        getfd b -> ok none
        """);

    [Test]
    public void AForkedProcessSharesTheFile() => Passes("""
        u = memfd 4096 shrink -> ok
        b = udmabuf u 0 4096 -> ok size=4096
        m = mmap b 0 4096 rw shared -> ok
        fork p1 -> ok
        p1: n = mmap u 0 4096 rw shared -> ok
        p1: fill n 0 10 0x5a -> ok
        hash m 9 2 -> ok first=5a fnv1a=09646407b5ef4c57
        close u -> ok
        p1: lseek u 0 end -> ok 4096
        kill p1 -> ok
        hash m 10 1 -> ok first=00 fnv1a=af63bd4c8601b7df
        """);

    [TestCase("c = udmabuf memdf1 0 4096")]
    [TestCase("c = udmabuf_list memfd1:0:4096,memdf1:0:4096")]
    public void ANameThatIsAlmostRightIsAMistake(string line) =>
        Assert.That(
            Sample.Report($"memfd1 = memfd 4096 shrink\n{line}"),
            Does.Contain("no step binds 'memdf1'").And.Contains("did you mean 'memfd1'?"));

    [Test]
    public void AStoryWritesWhatItPlayed()
    {
        Story story = new(new MachineDescription { UdmabufListLimit = 1 });
        story.Memfd("u", 8192, MemfdSeals.Shrink | MemfdSeals.Grow);
        story.AddSeals("u", MemfdSeals.None);
        story.Udmabuf("b", "u", 0, 4096, UdmabufFlags.CloseOnExec);
        story.UdmabufList("c", [("u", 0, 4096), ("u", 4096, 4096)]);
        story.UdmabufList("c", []);
        story.Truncate("u", 0);
        Assert.That(story.ToString().ReplaceLineEndings("\n"), Is.EqualTo("""
            machine memory=256MiB kernel=6.12 udmabuf_list=1
            u = memfd 8192 shrink|grow -> ok
            add_seals u none -> ok
            b = udmabuf u 0 4096 cloexec -> ok size=4096
            c = udmabuf_list u:0:4096,u:4096:4096 0 -> EINVAL
            c = udmabuf_list none 0 -> EINVAL
            ftruncate u 0 -> EPERM

            """.ReplaceLineEndings("\n")));
    }

    private static void Passes(string steps)
    {
        Scenario scenario = Sample.Read($"device probe0\n{steps}");
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(scenario, new RunOptions { Exact = true });
        Assert.That(result.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}"), Is.Empty);
    }
}
