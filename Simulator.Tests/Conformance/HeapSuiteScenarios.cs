using DmaBufSim.Abi;

namespace DmaBufSim.Tests.Conformance;

/// <summary>What programs of the heap suites do, as scenarios for one heap and one size of buffers.</summary>
internal static class HeapSuiteScenarios
{
    private const string Mebibyte = "1048576";

    // O_RDWR and O_CLOEXEC are the two bits that a request may have.
    private const string EveryOtherFlag = "0xfff7fffd";

    private const string Released = """

        buffers -> ok count=0 bytes=0
        always every buffer is released
        always freed pages are zeroed before reuse
        """;

    /// <summary>By the name of the test in its suite: HEAP and SIZE stand for what it is played with.</summary>
    public static SortedDictionary<string, string> All { get; } = new(StringComparer.Ordinal)
    {
        ["alloc_and_import"] = """
            b = alloc HEAP 1MiB rdwr|cloexec -> ok size=1048576
            m = mmap b 0 1MiB rw shared      -> ok
            sync b start|rw
            fill m 0 512KiB 1
            fill m 512KiB 512KiB 0
            sync b end|rw
            a = attach vgem b                -> ok
            map a bidirectional              -> ok
            read a 0 512KiB                  -> ok first=01
            read a 512KiB 512KiB             -> ok first=00
            sync b start|rw                  -> ok
            fill m 0 1MiB 0xff               -> ok
            sync b end|rw                    -> ok
            read a 0 1MiB                    -> ok first=ff
            unmap a                          -> ok
            detach a                         -> ok
            munmap m                         -> ok
            close b                          -> ok
            """ + Released,
        ["alloc_zeroed 4 KiB"] = ZeroedAgain(4096),
        ["alloc_zeroed 1 MiB"] = ZeroedAgain(1 << 20),
        ["alloc_compat older"] = "b = alloc_raw HEAP len=1MiB fd=0 fd_flags=rdwr|cloexec heap_flags=0 argsize=16"
            + " -> ok fd=new\nfstat b -> ok size=" + Mebibyte,
        ["alloc_compat newer"] = "b = alloc_raw HEAP len=1MiB fd=0 fd_flags=rdwr|cloexec heap_flags=0 argsize=48"
            + " -> ok fd=new\nfstat b -> ok size=" + Mebibyte,

        // The number is DMA_HEAP_IOCTL_ALLOC; a memfd is no heap.
        ["alloc_errors invalid fd"] = "f = memfd 4096 none\nioctl f 0xc0184800 1MiB -> ENOTTY",
        ["alloc_errors invalid heap flags"] =
            "b = alloc HEAP 1MiB rdwr|cloexec 0x111111 -> EINVAL reason=heap-flags-not-zero",
        ["alloc_errors invalid fd flags"] = $"b = alloc HEAP 1MiB {EveryOtherFlag} -> EINVAL reason=fd-flags-unknown",
        ["run order and skip"] = """
            cat /sys/class/dma_heap -> ok
            | HEAP
            b = alloc HEAP SIZE rdwr|cloexec -> ok
            """,
        ["Allocate.Allocate"] = "b = alloc HEAP SIZE rdwr|cloexec -> ok size=SIZE\nclose b -> ok" + Released,
        ["Allocate.RepeatedAllocate"] =
            Times(128, _ => "b = alloc HEAP SIZE rdwr|cloexec -> ok\nclose b -> ok") + Released,
        ["Allocate.Zeroed"] = Times(16, i => $"""
            b{i} = alloc HEAP 4096 rdwr|cloexec
            m = mmap b{i} 0 4096 w shared -> ok
            fill m 0 4096 0xaa            -> ok
            munmap m                      -> ok
            """) + Times(16, i => $"close b{i} -> ok") + $"""
            b = alloc HEAP 4096 rdwr|cloexec
            m = mmap b 0 4096 r shared    -> ok
            hash m 0 4096                 -> ok fnv1a={Zeros(4096)}
            """,
        ["Exit.WithAlloc"] = "fork c\nc: b = alloc HEAP SIZE rdwr|cloexec -> ok\nkill c -> ok" + Released,
        ["Exit.WithAllocFd"] = "fork c\nc: b = alloc HEAP SIZE rdwr|cloexec -> ok\nc: getfd b -> ok cloexec\nkill c -> ok"
            + Released,
        ["Exit.WithRepeatedAllocFd"] = Times(64, i => $"""
            fork c{i}
            c{i}: b = alloc HEAP SIZE rdwr|cloexec -> ok
            kill c{i}                              -> ok
            buffers                                -> ok count=0
            """) + Released,
        ["Exit.WithMapping"] = """
            fork c
            c: b = alloc HEAP SIZE rdwr|cloexec -> ok
            c: m = mmap b 0 SIZE rw shared      -> ok
            kill c                              -> ok
            """ + Released,
        ["Exit.WithPartialMapping"] = """
            fork c
            c: b = alloc HEAP SIZE rdwr|cloexec -> ok
            c: m = mmap b 0 SIZE rw shared      -> ok
            c: munmap m 0 HALF                  -> ok
            c: fill m 0 1 1                     -> EFAULT reason=nothing-mapped
            c: fill m HALF HALF 1               -> ok
            c: close b                          -> ok
            buffers                             -> ok count=1
            kill c                              -> ok
            """ + Released,
        ["InvalidValues.heap_alloc_fd zero size"] = "b = alloc HEAP 0 rdwr|cloexec -> EINVAL reason=length-zero",
        ["InvalidValues.heap_alloc_fd too large"] = "b = alloc HEAP -1 rdwr|cloexec -> EINVAL reason=length-zero",
        ["InvalidValues.heap_map bad fd"] = "m = mmap b 0 4096 rw 0 -> EBADF",
        ["InvalidValues.heap_map zero length"] = Buffer("m = mmap b 0 0 rw 0 -> EINVAL reason=length-zero"),
        ["InvalidValues.heap_map bad prot"] = Buffer("m = mmap b 0 4096 -1 0 -> EINVAL reason=map-type-missing"),
        ["InvalidValues.heap_map bad offset"] = Buffer("m = mmap b -1 4096 rw 0 -> EINVAL reason=offset-unaligned"),
        ["Map.MapFd"] = """
            b = alloc HEAP SIZE rdwr|cloexec
            m = mmap b 0 SIZE rw shared -> ok
            close b                     -> ok
            fill m 0 SIZE 0xaa          -> ok
            hash m 0 SIZE               -> ok first=aa
            buffers                     -> ok count=1
            munmap m                    -> ok
            """ + Released,
        ["Map.MapOffset"] = """
            b = alloc HEAP 8192 rdwr|cloexec
            m = mmap b 0 8192 rw shared -> ok
            fill m 0 4096 0
            fill m 4096 4096 0xaa
            munmap m                    -> ok
            m = mmap b 4096 4096 rw shared -> ok
            hash m 0 1                  -> ok first=aa
            hash m 4095 1               -> ok first=aa
            """,
        ["(disabled) Allocate.Large"] = "b = alloc HEAP 3GiB rdwr|cloexec -> ENOMEM",
    };

    private static string ZeroedAgain(int size) =>
        Times(32, i => $"""
            b{i} = alloc HEAP {size} rdwr|cloexec
            m = mmap b{i} 0 {size} rw shared -> ok
            sync b{i} start|rw               -> ok
            fill m 0 {size} 0xff             -> ok
            sync b{i} end|rw                 -> ok
            munmap m                         -> ok
            """) + Times(32, i => $"close b{i} -> ok") + Times(32, i => $"""
            c{i} = alloc HEAP {size} rdwr|cloexec
            m = mmap c{i} 0 {size} rw shared -> ok
            hash m 0 {size}                  -> ok fnv1a={Zeros(size)}
            """);

    private static string Buffer(string step) => "b = alloc HEAP 4096 rdwr|cloexec\n" + step;

    private static string Zeros(int count) => $"{Fnv1a.AddZeros(Fnv1a.Start, count):x16}";

    private static string Times(int count, Func<int, string> lines) =>
        string.Concat(Enumerable.Range(0, count).Select(i => lines(i) + "\n"));
}
