using System.Text;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Each diagnostic, word for word.</summary>
[TestFixture]
public sealed class DeclarationDiagnosticTests
{
    [TestCase("machine memory=6MiB kernel=6.13 sede=1",
        "story.heap:1:16: memory=6MiB is not a multiple of 4MiB\n" +
        "    machine memory=6MiB kernel=6.13 sede=1\n" +
        "                   ^\n" +
        "expected: a multiple of 4MiB, up to 1024GiB\n" +
        "story.heap:1:28: unknown kernel '6.13'\n" +
        "    machine memory=6MiB kernel=6.13 sede=1\n" +
        "                               ^\n" +
        "expected: 6.1, 6.12, 7.3\n" +
        "did you mean '6.1'?\n" +
        "story.heap:1:33: unknown key 'sede'\n" +
        "    machine memory=6MiB kernel=6.13 sede=1\n" +
        "                                    ^\n" +
        "expected: memory, kernel, seed, base, holes, nofile, udmabuf_size, udmabuf_list, policy, knows, cma_policy, cma_lock, ftrace\n" +
        "did you mean 'seed'?")]
    [TestCase("machine memory=0 memory=4MiB nofile=0 seed=-1 base=1",
        "story.heap:1:16: memory=0 is out of range\n" +
        "    machine memory=0 memory=4MiB nofile=0 seed=-1 base=1\n" +
        "                   ^\n" +
        "expected: a multiple of 4MiB, up to 1024GiB\n" +
        "story.heap:1:18: 'memory' is given twice\n" +
        "    machine memory=0 memory=4MiB nofile=0 seed=-1 base=1\n" +
        "                     ^\n" +
        "story.heap:1:37: nofile=0 is out of range\n" +
        "    machine memory=0 memory=4MiB nofile=0 seed=-1 base=1\n" +
        "                                        ^\n" +
        "expected: 1 to 1048576\n" +
        "story.heap:1:44: '-1' is no seed\n" +
        "    machine memory=0 memory=4MiB nofile=0 seed=-1 base=1\n" +
        "                                               ^\n" +
        "expected: 0 to 18446744073709551615\n" +
        "story.heap:1:52: base=1 is not a multiple of 4MiB\n" +
        "    machine memory=0 memory=4MiB nofile=0 seed=-1 base=1\n" +
        "                                                       ^\n" +
        "expected: a multiple of 4MiB, up to 4194304GiB")]
    [TestCase("machine udmabuf_size=1 udmabuf_list=-1",
        "story.heap:1:22: udmabuf_size=1 is not a multiple of 1MiB\n" +
        "    machine udmabuf_size=1 udmabuf_list=-1\n" +
        "                         ^\n" +
        "expected: a multiple of 1MiB, up to 2147483647MiB\n" +
        "story.heap:1:37: udmabuf_list=-1 is out of range\n" +
        "    machine udmabuf_size=1 udmabuf_list=-1\n" +
        "                                        ^\n" +
        "expected: 0 to 2147483647")]
    [TestCase("machine memory=2048GiB",
        "story.heap:1:16: memory=2048GiB is out of range\n" +
        "    machine memory=2048GiB\n" +
        "                   ^\n" +
        "expected: a multiple of 4MiB, up to 1024GiB")]
    [TestCase("machine\nmachine",
        "story.heap:2:1: the machine is described twice\n" +
        "    machine\n" +
        "    ^")]
    [TestCase("machine memory",
        "story.heap:1:9: 'memory' is not KEY=VALUE\n" +
        "    machine memory\n" +
        "            ^\n" +
        "expected: KEY=VALUE, without spaces")]
    [TestCase("area a",
        "story.heap:1:7: the area has no size\n" +
        "    area a\n" +
        "          ^\n" +
        "expected: size=BYTES")]
    [TestCase("area a size=4MiB\narea a size=4MiB",
        "story.heap:2:6: the area 'a' is declared twice\n" +
        "    area a size=4MiB\n" +
        "         ^")]
    [TestCase("area cma0 size=4MiB\nheap c type=cma on=cma1",
        "story.heap:2:20: unknown area 'cma1'\n" +
        "    heap c type=cma on=cma1\n" +
        "                       ^\n" +
        "expected: cma0\n" +
        "did you mean 'cma0'?")]
    [TestCase("heap d type=cma",
        "story.heap:1:16: a cma heap needs memory of its own or an area\n" +
        "    heap d type=cma\n" +
        "                   ^\n" +
        "expected: size=BYTES or on=AREA")]
    [TestCase("heap d type=carveout",
        "story.heap:1:21: a carveout heap needs memory of its own\n" +
        "    heap d type=carveout\n" +
        "                        ^\n" +
        "expected: size=BYTES")]
    [TestCase("area a size=4MiB\nheap d type=carveout on=a",
        "story.heap:2:25: a carveout heap needs memory of its own\n" +
        "    heap d type=carveout on=a\n" +
        "                            ^\n" +
        "expected: size=BYTES")]
    [TestCase("heap e type=cam",
        "story.heap:1:13: unknown heap type 'cam'\n" +
        "    heap e type=cam\n" +
        "                ^\n" +
        "expected: system, cma, carveout, protected, or one that a plug-in brings\n" +
        "did you mean 'cma'?")]
    [TestCase("heap f",
        "story.heap:1:7: the name 'f' does not tell the heap's type\n" +
        "    heap f\n" +
        "          ^\n" +
        "expected: type=system|cma|carveout|protected")]
    [TestCase("heap cma size=300MiB",
        "story.heap:1:6: 'cma' needs 300MiB, and 256MiB of the machine's 256MiB are left\n" +
        "    heap cma size=300MiB\n" +
        "         ^\n" +
        "expected: areas and pools that fit into memory=")]
    [TestCase("area a size=200MiB\nheap c type=cma size=60MiB",
        "story.heap:2:6: 'c' needs 60MiB, and 56MiB of the machine's 256MiB are left\n" +
        "    heap c type=cma size=60MiB\n" +
        "         ^\n" +
        "expected: areas and pools that fit into memory=")]
    [TestCase("area a size=8MiB multi=yes\nmachine kernel=6.12",
        "story.heap:1:24: in Linux 6.12 an area has one range\n" +
        "    area a size=8MiB multi=yes\n" +
        "                           ^\n" +
        "expected: kernel=7.3")]
    [TestCase("machine memory=64MiB kernel=7.3 holes=16MiB+16MiB,40MiB+8MiB\narea a size=40MiB multi=yes",
        "story.heap:2:6: 'a' needs 40MiB, and 40MiB of the machine's 64MiB are left, 16MiB of them in one run\n" +
        "    area a size=40MiB multi=yes\n" +
        "         ^\n" +
        "expected: areas and pools that fit into memory=, or into 8 runs that begin above 4GiB")]
    [TestCase("machine memory=64MiB holes=16MiB+16MiB,24MiB+8MiB",
        "story.heap:1:28: '24MiB+8MiB' is no hole of whole 4MiB above the one before\n" +
        "    machine memory=64MiB holes=16MiB+16MiB,24MiB+8MiB\n" +
        "                               ^\n" +
        "expected: ADDRESS+BYTES,... in ascending order, multiples of 4MiB")]
    [TestCase("machine memory=64MiB base=1GiB holes=1040MiB+64MiB",
        "story.heap:1:38: the hole '1040MiB+64MiB' is not inside memory\n" +
        "    machine memory=64MiB base=1GiB holes=1040MiB+64MiB\n" +
        "                                         ^\n" +
        "expected: 64MiB from 1GiB on")]
    [TestCase("heap s type=system size=4MiB",
        "story.heap:1:25: a system heap takes its memory from the whole machine\n" +
        "    heap s type=system size=4MiB\n" +
        "                            ^\n" +
        "expected: heap NAME type=system")]
    [TestCase("heap cma on=a size=4MiB\narea a size=4MiB",
        "story.heap:1:20: a heap on an area has the size of the area\n" +
        "    heap cma on=a size=4MiB\n" +
        "                       ^\n" +
        "expected: size=BYTES or on=AREA")]
    [TestCase("heap system sise=4",
        "story.heap:1:13: unknown key 'sise'\n" +
        "    heap system sise=4\n" +
        "                ^\n" +
        "expected: type, on, size, peak\n" +
        "did you mean 'size'?")]
    [TestCase("heap system\nheap system",
        "story.heap:2:6: the heap 'system' is declared twice\n" +
        "    heap system\n" +
        "         ^")]
    [TestCase("machine kernel=7.3\nheap default_cma_region type=cma size=64MiB\nheap reserved type=cma size=4MiB",
        "story.heap:2:6: this kernel makes a second heap 'reserved' here, and that name is taken\n" +
        "    heap default_cma_region type=cma size=64MiB\n" +
        "         ^")]
    [TestCase("heap p type=protected size=4MiB\n  allow cpu",
        "story.heap:2:12: the rule names no right\n" +
        "      allow cpu\n" +
        "               ^\n" +
        "expected: allow MASTER read|write|rw [in=REGION]")]
    [TestCase("heap p type=protected size=4MiB\n  allow cpu raed",
        "story.heap:2:13: unknown right 'raed'\n" +
        "      allow cpu raed\n" +
        "                ^\n" +
        "expected: allow MASTER read|write|rw [in=REGION]\n" +
        "did you mean 'read'?")]
    [TestCase("heap p type=protected size=4MiB\n  allow decodr read",
        "story.heap:2:9: unknown device 'decodr'\n" +
        "      allow decodr read\n" +
        "            ^\n" +
        "expected: probe, decoder, display, gpu, camera, cpu\n" +
        "did you mean 'decoder'?")]
    [TestCase("device x",
        "story.heap:1:9: the name 'x' does not tell the device's type\n" +
        "    device x\n" +
        "            ^\n" +
        "expected: type=probe|decoder|display|gpu|camera|cpu")]
    [TestCase("device probe0 mask=65 iommu=maybe",
        "story.heap:1:20: mask=65 is out of range\n" +
        "    device probe0 mask=65 iommu=maybe\n" +
        "                       ^\n" +
        "expected: 1 to 64 bits\n" +
        "story.heap:1:29: unknown answer 'maybe'\n" +
        "    device probe0 mask=65 iommu=maybe\n" +
        "                                ^\n" +
        "expected: yes, no")]
    [TestCase("device probe0\n  allow cpu read",
        "story.heap:2:3: a rule belongs below a heap\n" +
        "      allow cpu read\n" +
        "      ^\n" +
        "expected: allow MASTER read|write|rw [in=REGION]")]
    [TestCase("device probe0\ndevice probe0",
        "story.heap:2:8: the device 'probe0' is declared twice\n" +
        "    device probe0\n" +
        "           ^")]
    [TestCase("device eye type=dispaly",
        "story.heap:1:17: unknown device type 'dispaly'\n" +
        "    device eye type=dispaly\n" +
        "                    ^\n" +
        "expected: probe, decoder, display, gpu, camera, cpu\n" +
        "did you mean 'display'?")]
    [TestCase("b = alloc system 1",
        "story.heap:1:11: unknown heap 'system'\n" +
        "    b = alloc system 1\n" +
        "              ^\n" +
        "expected: a line `heap NAME` among the declarations")]
    public void AMistakenDeclarationIsExplained(string text, string report) =>
        Assert.That(Sample.Report(text), Is.EqualTo(report));

    [Test]
    public void AMissingFileIsExplained() =>
        Assert.That(ScenarioParser.ParseFile("no/such/file.heap").Report(), Is.EqualTo("no/such/file.heap: there is no such file"));

    [Test]
    public void AFolderIsExplained() =>
        Assert.That(ScenarioParser.ParseFile(".").Report(), Is.EqualTo(".: this is a folder, not a file"));

    [Test]
    public void BytesThatAreNotUtf8AreExplained() =>
        Assert.That(
            ScenarioParser.Parse("story.heap", [.. Encoding.UTF8.GetBytes("heap system\n# \u00e4 "), 0xff]).Report(),
            Is.EqualTo("story.heap:2:5: these bytes are not UTF-8\n    # \u00e4 \uFFFD\n        ^"));

    [Test]
    public void ALongLineIsCutAroundTheMistake()
    {
        string line = "close " + new string('x', 300) + " y";
        Diagnostic diagnostic = ScenarioParser.Parse("story.heap", line).Diagnostics.Single();
        Assert.That((diagnostic.Line, diagnostic.Column), Is.EqualTo((1, 308)));
        Assert.That(diagnostic.SourceLine, Is.EqualTo("..." + new string('x', 59) + " y"));
        Assert.That(diagnostic.ToString().Split('\n')[2], Is.EqualTo(new string(' ', 4 + 63) + "^"));
    }

    [Test]
    public void AFarTooLongLineIsExplained() =>
        Assert.That(
            Sample.Report("# " + new string('x', 1 << 20)),
            Does.StartWith("story.heap:1:1: the line has 1048578 characters\n").And.EndsWith("\nexpected: at most 1048576"));

    [Test]
    public void MistakesComeInTheOrderOfTheirLines()
    {
        ParsedScenario parsed = ScenarioParser.Parse("s", "heap v type=cma on=a\nb = alloc w 1 zz\nnever gpx reads v\nclose b c");
        Assert.That(parsed.Diagnostics.Select(diagnostic => (diagnostic.Line, diagnostic.Column)), Is.EqualTo(
            ((int, int)[])[(1, 20), (2, 11), (2, 15), (3, 7), (4, 9)]));
    }
}
