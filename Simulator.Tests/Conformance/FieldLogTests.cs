using System.Globalization;
using System.Text.Json;
using DmaBufSim.Abi;
using DmaBufSim.Memory;
using DmaBufSim.Tracing;
using NUnit.Framework;

namespace DmaBufSim.Tests.Conformance;

/// <summary>Numbers from public kernel logs, each with its source: an area in their state must give them again.</summary>
[TestFixture]
public sealed class FieldLogTests
{
    private static IEnumerable<TestCaseData> Replays()
    {
        foreach (string file in FieldLogs.Files())
        {
            JsonElement root = FieldLogs.Read(file);
            if (root.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            IEnumerable<JsonElement> more = root.TryGetProperty("cases", out JsonElement cases) ? cases.EnumerateArray() : [];
            foreach (JsonElement log in more.Prepend(root).Where(log => log.TryGetProperty("events", out _)))
            {
                yield return new TestCaseData(log)
                    .SetName($"{{m}}({log.GetProperty("id").GetString()})")
                    .SetDescription(log.GetProperty("source").GetString()!);
            }
        }
    }

    [TestCaseSource(nameof(Replays))]
    public void TheAreaGivesTheNumbersOfTheLog(JsonElement log)
    {
        CmaArea area = AreaOf(log.GetProperty("area"));
        Dictionary<string, (int Frame, int Pages)> live = [];
        int checks = 0;
        foreach (JsonElement step in log.GetProperty("events").EnumerateArray())
        {
            switch (step.GetProperty("op").GetString())
            {
                case "alloc":
                    checks += Allocate(area, step, live);
                    break;
                case "free":
                    (int frame, int pages) = live[step.GetProperty("id").GetString()!];
                    area.Release(frame, pages);
                    break;
                case "expect_free_pages":
                    Assert.That(area.FreePages, Is.EqualTo(step.GetProperty("value").GetInt64()));
                    checks++;
                    break;
                default:
                    Assert.That(Extents(area), Is.EqualTo(step.GetProperty("extents").EnumerateArray().Select(Pair)));
                    checks++;
                    break;
            }
        }

        Assert.That(checks, Is.GreaterThan(3));
    }

    [Test]
    public void TheReplaysAreThere() => Assert.That(Replays().Count(), Is.EqualTo(7));

    [Test(Description = "commit dbe43d4d, \"mm: cma: print allocation failure reason and bitmap status\", 2017")]
    public void TheLargestRequestOfAFragmentedArea()
    {
        JsonElement log = FieldLogs.Read("D6-largest-hole-too-small.json");
        CmaArea area = AreaOf(log.GetProperty("area"));
        JsonElement derived = log.GetProperty("derived");
        Assert.That(
            (CmaDiagnosis.Of(area, 256, 0).LargestFit, CmaDiagnosis.Of(area, 256, 8).LargestFit),
            Is.EqualTo((
                derived.GetProperty("largest_request_align_0").GetInt32(),
                derived.GetProperty("largest_request_align_8").GetInt32())));
    }

    private static int Allocate(CmaArea area, JsonElement step, Dictionary<string, (int Frame, int Pages)> live)
    {
        int pages = step.GetProperty("pages").GetInt32();
        int align = step.GetProperty("align_order").GetInt32();
        long busy = area.BusyWindows;
        CmaDiagnosis why = CmaDiagnosis.Of(area, pages, align);
        Result<int> got = area.Allocate(pages, align);
        live[step.GetProperty("id").GetString()!] = (got.Value, pages);
        Assert.That(why.Fits, Is.EqualTo(got.IsOk));
        int checks = 0;
        foreach (JsonProperty expected in step.TryGetProperty("expect", out JsonElement expect) ? expect.EnumerateObject() : default)
        {
            checks++;
            switch (expected.Name)
            {
                case "page":
                    Assert.That(got.Value - area.Range.First, Is.EqualTo(expected.Value.GetInt32()));
                    Assert.That(why.Page, Is.EqualTo(expected.Value.GetInt32()));
                    break;
                case "errno":
                    string line = area.Log.Last(line => line.Contains("ret:", StringComparison.Ordinal));
                    Assert.That(line, Does.EndWith(string.Create(CultureInfo.InvariantCulture, $"ret: {expected.Value.GetInt32()}")));
                    Assert.That(got.Errno, Is.EqualTo(Errno.ENOMEM));
                    break;
                case "retries":
                    Assert.That(area.BusyWindows - busy, Is.EqualTo(expected.Value.GetInt64()));
                    break;
                default:
                    Assert.That(why.BusyWindows, Is.EqualTo(expected.Value.GetArrayLength()));
                    break;
            }
        }

        return checks;
    }

    private static CmaArea AreaOf(JsonElement text)
    {
        JsonElement basePfn = text.GetProperty("base_pfn");
        bool hasRanges = text.TryGetProperty("epoch", out JsonElement epoch) && epoch.GetString() == "ranges";
        string kernel = hasRanges ? "7.3" : "6.12";
        int pages = text.GetProperty("pages").GetInt32();
        CmaArea area = Area(pages, basePfn.ValueKind == JsonValueKind.Null ? 0 : basePfn.GetInt32(), kernel);
        int first = area.Allocate(pages, 0).Value;
        int free = 0;
        foreach (JsonElement used in text.GetProperty("initial_used").EnumerateArray())
        {
            (int start, int count) = Pair(used);
            ReleaseSome(area, first + free, start - free);
            free = start + count;
        }

        ReleaseSome(area, first + free, pages - free);
        return area;
    }

    private static void ReleaseSome(CmaArea area, int frame, int pages)
    {
        if (pages > 0)
        {
            area.Release(frame, pages);
        }
    }

    private static CmaArea Area(int pages, int basePfn, string kernel)
    {
        Trace trace = new();
        PhysicalMemory memory = new(1L << 30, (long)(basePfn & ~1023) << 12, trace);
        return new CmaArea("cma0", memory, new FrameRun(basePfn & 1023, pages), KernelProfile.Find(kernel)!, trace);
    }

    private static List<(int, int)> Extents(CmaArea area)
    {
        List<(int, int)> extents = [];
        for (int page = 0; page < area.Range.Count; page++)
        {
            int start = page;
            while (page < area.Range.Count && !area.IsAllocated(area.Range.First + page))
            {
                page++;
            }

            if (page > start)
            {
                extents.Add((start, page - start));
            }
        }

        return extents;
    }

    private static (int, int) Pair(JsonElement pair) => (pair[0].GetInt32(), pair[1].GetInt32());
}
