using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Texts that several tests read.</summary>
internal static class Sample
{
    public const string Movie = """
        machine  memory=256MiB kernel=6.12 seed=1
        area     cma0  size=64MiB
        heap     system
        heap     video type=protected on=cma0
          allow  decoder write
          allow  display read
          allow  cpu write in=subtitles
        device   decoder type=decoder
        device   display type=display

        f  = alloc video 3110400                       -> ok size=3112960
        region f subtitles 2073600 207360              # rows kept for text
        d  = attach decoder f                          -> ok
        map d from_device                              -> ok
        write d 0 3110400                              -> ok
        m  = mmap f 0 3112960 rw shared                -> EACCES reason=cpu-may-only-write
        m  = mmap f 0 3112960 w shared                 -> ok
        fill m 2080000 1000 0xeb                       -> ok
        fill m 0 16 0xff                               -> EACCES
        g  = attach gpu f                              -> EACCES

        never  gpu reads video
        never  cpu reads video
        always freed pages are zeroed before reuse
        """;

    public const string Transcript = """
        # Recorded on Linux 7.3.4, x86-64: a little of every kind
        machine memory=512MiB kernel=7.3
        heap system
        heap default_cma_region type=cma size=64MiB
        heap protected,secure-video type=protected size=4MiB
        device probe0
        device probe1 mask=32
        lseek nosuch 0 5 -> EBADF
        x1 = alloc reserved 4096 rdwr 2 -> EINVAL
        x2 = alloc system 18446744073709551615 rdwr -> EINVAL
        x3 = alloc nosuch 0 rdwr|0x400 1 -> ENOENT
        x4 = alloc system 3114496 0x3 9223372036854775808 -> EINVAL
        x5 = alloc_raw system len=12345 fd=0 fd_flags=rdwr|cloexec heap_flags=0 argsize=64 -> ok fd=new
        b1 = alloc reserved 24576 rdonly|cloexec -> ok size=24576
        fstat b1 -> ok size=24576 blocks=48 mode=600 nlink=1
        getfl b1 -> ok rdonly
        m1 = mmap b1 0 4096 none 0 -> EINVAL
        m2 = mmap b1 16384 5668 r shared_validate -> ok
        mprotect m1 rw -> ENOMEM
        hash m2 0 5668 -> ok first=00 fnv1a=0c9b6210c79ec0bd
        fill m2 4 5 0x9 -> EFAULT
        sync b1 0xffffffffffffffff -> EINVAL
        sync b1 end|rw -> ok
        ioctl b1 0xc0184800 0 -> ENOTTY
        set_name b1 nnnn -> ok
        a1 = attach probe1 b1 dynamic -> ok
        map a1 bidirectional -> ok nents=1 lengths=24576 area_page=0
        v1 = vmap b1 -> ok
        begin_cpu b1 to_device -> ok
        cat /sys/kernel/debug/dma_buf/bufinfo -> ok
        | 
        | Dma-buf Objects:
        | size    	flags   	mode
        |   two spaces before # this
        |
        | Total 1 objects, 24576 bytes
        fork p1 -> ok
        p1: give b1 -> ok
        d1 = take p1 -> ok
        p1: d2 = take -> EAGAIN
        kill p1 -> ok
        p1: close b1 -> ESRCH
        """;

    /// <summary>Reads a text that has no mistake.</summary>
    public static Scenario Read(string text)
    {
        ParsedScenario parsed = ScenarioParser.Parse("story.heap", text);
        Assert.That(parsed.Report(), Is.Empty);
        return parsed.Scenario!;
    }

    /// <summary>Reads a text and gives its diagnostics.</summary>
    public static string Report(string text) => ScenarioParser.Parse("story.heap", text).Report();

    /// <summary>Reads a line for a machine that the text describes.</summary>
    public static string Diagnose(string line) => Report("heap system\ndevice probe0\n" + line);
}
