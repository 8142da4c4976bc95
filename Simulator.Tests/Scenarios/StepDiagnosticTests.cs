using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Each diagnostic, word for word.</summary>
[TestFixture]
public sealed class StepDiagnosticTests
{
    [TestCase("b1 = aloc system 4096",
        "story.heap:3:6: unknown verb 'aloc'\n" +
        "    b1 = aloc system 4096\n" +
        "         ^\n" +
        "did you mean 'alloc'?")]
    [TestCase("b1=alloc system 4096",
        "story.heap:3:3: spaces are missing around '='\n" +
        "    b1=alloc system 4096\n" +
        "      ^\n" +
        "expected: RESULT = alloc HEAP LEN [FDFLAGS [HEAPFLAGS]]")]
    [TestCase("b1 = alloc system 4096 ->ok",
        "story.heap:3:24: spaces are missing around '->'\n" +
        "    b1 = alloc system 4096 ->ok\n" +
        "                           ^\n" +
        "expected: [PROCESS:] [RESULT =] VERB ARGUMENT... [-> OUTCOME WORD...]")]
    [TestCase("b1 = alloc system 4096-> ok",
        "story.heap:3:23: spaces are missing around '->'\n" +
        "    b1 = alloc system 4096-> ok\n" +
        "                          ^\n" +
        "expected: [PROCESS:] [RESULT =] VERB ARGUMENT... [-> OUTCOME WORD...]")]
    [TestCase("b1 = alloc system",
        "story.heap:3:18: too few words for 'alloc'\n" +
        "    b1 = alloc system\n" +
        "                     ^\n" +
        "expected: RESULT = alloc HEAP LEN [FDFLAGS [HEAPFLAGS]]")]
    [TestCase("b1 = alloc system 1 rdwr 0 9",
        "story.heap:3:28: too many words for 'alloc'\n" +
        "    b1 = alloc system 1 rdwr 0 9\n" +
        "                               ^\n" +
        "expected: RESULT = alloc HEAP LEN [FDFLAGS [HEAPFLAGS]]")]
    [TestCase("b1 = alloc sytem 4096",
        "story.heap:3:12: unknown heap 'sytem'\n" +
        "    b1 = alloc sytem 4096\n" +
        "               ^\n" +
        "expected: system\n" +
        "did you mean 'system'?")]
    [TestCase("b1 = alloc system 64MB",
        "story.heap:3:19: '64MB' is not a number\n" +
        "    b1 = alloc system 64MB\n" +
        "                      ^\n" +
        "expected: a number such as 4096, 0x1000, 64KiB or 16p\n" +
        "did you mean '64MiB'?")]
    [TestCase("b1 = alloc system 18446744073709551616",
        "story.heap:3:19: '18446744073709551616' does not fit 64 bits\n" +
        "    b1 = alloc system 18446744073709551616\n" +
        "                      ^\n" +
        "expected: a number such as 4096, 0x1000, 64KiB or 16p")]
    [TestCase("b1 = alloc system 4096 rdwr|cloexce",
        "story.heap:3:29: unknown flag 'cloexce'\n" +
        "    b1 = alloc system 4096 rdwr|cloexce\n" +
        "                                ^\n" +
        "expected: rdonly, wronly, rdwr, nonblock, cloexec, or a number\n" +
        "did you mean 'cloexec'?")]
    [TestCase("c = udmabuf_list u:0:4096,u:0",
        "story.heap:3:27: 'u:0' is no stretch of a memfd\n" +
        "    c = udmabuf_list u:0:4096,u:0\n" +
        "                              ^\n" +
        "expected: NAME:OFFSET:SIZE, joined by commas without spaces, or none")]
    [TestCase("u = memfd 4096 shrnk",
        "story.heap:3:16: unknown seal 'shrnk'\n" +
        "    u = memfd 4096 shrnk\n" +
        "                   ^\n" +
        "expected: none, seal, shrink, grow, write, future_write, exec, or a number\n" +
        "did you mean 'shrink'?")]
    [TestCase("c = close b1",
        "story.heap:3:1: 'close' makes nothing that a name could stand for\n" +
        "    c = close b1\n" +
        "    ^\n" +
        "expected: close b")]
    [TestCase("map a1 to_devcie",
        "story.heap:3:8: unknown direction 'to_devcie'\n" +
        "    map a1 to_devcie\n" +
        "           ^\n" +
        "expected: bidirectional, to_device, from_device, none\n" +
        "did you mean 'to_device'?")]
    [TestCase("sync b1 end|wriet",
        "story.heap:3:13: unknown flag 'wriet'\n" +
        "    sync b1 end|wriet\n" +
        "                ^\n" +
        "expected: start, end, read, write, rw, or a number\n" +
        "did you mean 'write'?")]
    [TestCase("lseek b1 0 ende",
        "story.heap:3:12: unknown origin 'ende'\n" +
        "    lseek b1 0 ende\n" +
        "               ^\n" +
        "expected: set, cur, end, data, hole, or a number\n" +
        "did you mean 'end'?")]
    [TestCase("m = mmap b1 0 4096 rz shared",
        "story.heap:3:20: unknown protection 'rz'\n" +
        "    m = mmap b1 0 4096 rz shared\n" +
        "                       ^\n" +
        "expected: none, r, w, rw, x, rx, wx, rwx, or a number\n" +
        "did you mean 'r'?")]
    [TestCase("m = mmap b1 0 4096 rw sharde",
        "story.heap:3:23: unknown flag 'sharde'\n" +
        "    m = mmap b1 0 4096 rw sharde\n" +
        "                          ^\n" +
        "expected: shared, private, shared_validate, or a number\n" +
        "did you mean 'shared'?")]
    [TestCase("fill m 0 1 256",
        "story.heap:3:12: '256' is no byte\n" +
        "    fill m 0 1 256\n" +
        "               ^\n" +
        "expected: 0 to 255")]
    [TestCase("attach prob0 b1",
        "story.heap:3:8: unknown device 'prob0'\n" +
        "    attach prob0 b1\n" +
        "           ^\n" +
        "expected: probe0, probe, decoder, display, gpu, camera, cpu\n" +
        "did you mean 'probe0'?")]
    [TestCase("attach probe7 b1",
        "story.heap:3:8: unknown device 'probe7'\n" +
        "    attach probe7 b1\n" +
        "           ^\n" +
        "expected: a line `device probe7` among the declarations\n" +
        "did you mean 'probe0'?")]
    [TestCase("attach probe0 b1 dynamik",
        "story.heap:3:18: unknown word 'dynamik'\n" +
        "    attach probe0 b1 dynamik\n" +
        "                     ^\n" +
        "expected: dynamic, secure\n" +
        "did you mean 'dynamic'?")]
    [TestCase("x = alloc_raw system len=1 fd=0 fdflags=rdwr heap_flags=0 argsize=24",
        "story.heap:3:33: unknown key 'fdflags'\n" +
        "    x = alloc_raw system len=1 fd=0 fdflags=rdwr heap_flags=0 argsize=24\n" +
        "                                    ^\n" +
        "expected: RESULT = alloc_raw HEAP len=LEN fd=FD fd_flags=FD_FLAGS heap_flags=HEAP_FLAGS argsize=ARGSIZE\n" +
        "did you mean 'fd_flags'?")]
    [TestCase("x = alloc_raw system len=1 len=0 fd_flags=rdwr heap_flags=0 argsize=24",
        "story.heap:3:28: 'len=' is given twice\n" +
        "    x = alloc_raw system len=1 len=0 fd_flags=rdwr heap_flags=0 argsize=24\n" +
        "                               ^\n" +
        "expected: RESULT = alloc_raw HEAP len=LEN fd=FD fd_flags=FD_FLAGS heap_flags=HEAP_FLAGS argsize=ARGSIZE")]
    [TestCase("close b1 -> EINVL",
        "story.heap:3:13: unknown outcome 'EINVL'\n" +
        "    close b1 -> EINVL\n" +
        "                ^\n" +
        "expected: ok, Killed, crash or the name of an errno\n" +
        "did you mean 'EINVAL'?")]
    [TestCase("close b1 -> EBADF reason=descriptor-not-opn",
        "story.heap:3:26: unknown reason 'descriptor-not-opn'\n" +
        "    close b1 -> EBADF reason=descriptor-not-opn\n" +
        "                             ^\n" +
        "did you mean 'descriptor-not-open'?")]
    [TestCase("close b1 ->",
        "story.heap:3:12: an outcome is missing\n" +
        "    close b1 ->\n" +
        "               ^\n" +
        "expected: ok, Killed, crash or the name of an errno")]
    [TestCase("b =",
        "story.heap:3:4: a verb is missing\n" +
        "    b =\n" +
        "       ^\n" +
        "expected: [PROCESS:] [RESULT =] VERB ARGUMENT... [-> OUTCOME WORD...]")]
    [TestCase("read a 0",
        "story.heap:3:9: too few words for 'read'\n" +
        "    read a 0\n" +
        "            ^\n" +
        "expected: read x [OFFSET LENGTH]")]
    [TestCase("1b = alloc system 1",
        "story.heap:3:1: '1b' is no name\n" +
        "    1b = alloc system 1\n" +
        "    ^\n" +
        "expected: a letter, then letters, digits, '_', '-' or '.'")]
    [TestCase("buffer1 = alloc system 1\nclose bufer1",
        "story.heap:4:7: no step binds 'bufer1', and the step must succeed\n" +
        "    close bufer1\n" +
        "          ^\n" +
        "did you mean 'buffer1'?")]
    [TestCase("fork p1\np2: close x -> ok",
        "story.heap:4:1: no step forks 'p2', and the step must succeed\n" +
        "    p2: close x -> ok\n" +
        "    ^\n" +
        "did you mean 'p1'?")]
    [TestCase("never probe0 raeds system",
        "story.heap:3:14: unknown deed 'raeds'\n" +
        "    never probe0 raeds system\n" +
        "                 ^\n" +
        "expected: never MASTER reads|writes|touches HEAP\n" +
        "did you mean 'reads'?")]
    [TestCase("never probe0 reads",
        "story.heap:3:19: too few words for 'never'\n" +
        "    never probe0 reads\n" +
        "                      ^\n" +
        "expected: never MASTER reads|writes|touches HEAP")]
    [TestCase("never probe0 reads sytem",
        "story.heap:3:20: unknown heap 'sytem'\n" +
        "    never probe0 reads sytem\n" +
        "                       ^\n" +
        "expected: system\n" +
        "did you mean 'system'?")]
    [TestCase("always freed pages are zeroed before use",
        "story.heap:3:8: unknown law 'freed pages are zeroed before use'\n" +
        "    always freed pages are zeroed before use\n" +
        "           ^\n" +
        "expected: freed pages are zeroed before reuse; secrets stay with who may read them; every frame has one owner; reference counts equal holders; every buffer is released; every fence signals; signalling never waits; waits form no circle\n" +
        "did you mean 'freed pages are zeroed before reuse'?")]
    [TestCase("haep video type=cma",
        "story.heap:3:1: unknown declaration or verb 'haep'\n" +
        "    haep video type=cma\n" +
        "    ^\n" +
        "did you mean 'heap'?")]
    [TestCase("close b1\nheap late type=cma size=4MiB",
        "story.heap:4:1: declarations come before the first step\n" +
        "    heap late type=cma size=4MiB\n" +
        "    ^\n" +
        "expected: this line above the steps")]
    [TestCase("| text",
        "story.heap:3:1: there is no step above that could print this line\n" +
        "    | text\n" +
        "    ^")]
    [TestCase("\tclose  \tb1 x",
        "story.heap:3:13: too many words for 'close'\n" +
        "    \tclose  \tb1 x\n" +
        "    \t       \t   ^\n" +
        "expected: close b")]
    [TestCase("close b1 \u0001",
        "story.heap:3:10: the line has a control character, U+0001\n" +
        "    close b1 \uFFFD\n" +
        "             ^")]
    [TestCase("pledge b1 in",
        "story.heap:3:1: unknown declaration or verb 'pledge'\n" +
        "    pledge b1 in\n" +
        "    ^")]
    [TestCase("p1: x=alloc system 1",
        "story.heap:3:6: spaces are missing around '='\n" +
        "    p1: x=alloc system 1\n" +
        "         ^\n" +
        "expected: RESULT = alloc HEAP LEN [FDFLAGS [HEAPFLAGS]]")]
    [TestCase("heap2 = aloc system 1\nclose heap2",
        "story.heap:3:9: unknown verb 'aloc'\n" +
        "    heap2 = aloc system 1\n" +
        "            ^\n" +
        "did you mean 'alloc'?")]
    public void AMistakenStepIsExplained(string text, string report) =>
        Assert.That(Sample.Diagnose(text), Is.EqualTo(report));
}
