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
    private static readonly string Folder = Find();

    private static IEnumerable<TestCaseData> Replays()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*.json").Order(StringComparer.Ordinal))
        {
            JsonElement root = Read(file);
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
        JsonElement log = Read(Path.Combine(Folder, "D6-largest-hole-too-small.json"));
        CmaArea area = AreaOf(log.GetProperty("area"));
        JsonElement derived = log.GetProperty("derived");
        Assert.That(
            (CmaDiagnosis.Of(area, 256, 0).LargestFit, CmaDiagnosis.Of(area, 256, 8).LargestFit),
            Is.EqualTo((
                derived.GetProperty("largest_request_align_0").GetInt32(),
                derived.GetProperty("largest_request_align_8").GetInt32())));
    }

    [Test(Description = "Freescale/gstreamer-imx issue #30, comment by FrankBau, 2015-03-01")]
    public void APlannerSizesTheAreaOfAnEncoder()
    {
        JsonElement log = Read(Path.Combine(Folder, "D14-encoder-pipeline.json"));
        JsonElement derived = log.GetProperty("derived");
        Request[] all = [.. log.GetProperty("requests").EnumerateArray().Select(RequestIn)];
        Request kept = RequestIn(log.GetProperty("kept_after_exit")[0]);
        Request[] others = [.. all.Where(request => request != kept)];

        CmaPlan one = new();
        Assert.That(
            all.Select(request => one.Take(request.Pages, request.Align)),
            Is.EqualTo(derived.GetProperty("one_pipeline_pages_in_order").EnumerateArray().Select(page => page.GetInt32())));
        CmaPlan own = Plan(Enumerable.Repeat(all, 8));
        CmaPlan shared = Plan(Enumerable.Repeat(others, 7).Prepend(all));
        AssertPlan(one, derived, "one_pipeline_top_page", log.GetProperty("facts").GetProperty("sum_pages").GetInt32());
        AssertPlan(own, derived, "eight_pipelines_own_block_top_page", derived.GetProperty("eight_pipelines_sum_pages_own").GetInt32());
        AssertPlan(
            shared, derived, "eight_pipelines_shared_block_top_page", derived.GetProperty("eight_pipelines_sum_pages_shared").GetInt32());

        // 2738, 20658 and 21682 pages in units of 1024; each unit less is too small for a real area.
        Assert.That(
            new[] { one, shared, own }.Select(plan => plan.SmallestArea(1024)), Is.EqualTo(new[] { 3072, 21504, 22528 }));
        Assert.That((Fits(all, 1, 3072), Fits(all, 1, 2048)), Is.EqualTo((true, false)));
        Assert.That((Fits(all, 8, 22528), Fits(all, 8, 21504)), Is.EqualTo((true, false)));
    }

    [Test(Description = "Freescale/gstreamer-imx issue #30, comment by FrankBau, 2015-03-01")]
    public void AHundredRunsOfAnEncoderLeaveOneBlock()
    {
        JsonElement log = Read(Path.Combine(Folder, "D14-encoder-pipeline.json"));
        JsonElement derived = log.GetProperty("derived");
        Request[] all = [.. log.GetProperty("requests").EnumerateArray().Select(RequestIn)];
        Request kept = RequestIn(log.GetProperty("kept_after_exit")[0]);
        CmaPlan plan = new();
        for (int run = 0; run < 100; run++)
        {
            (Request Request, int Page)[] placed =
            [
                .. all.Where(request => run == 0 || request != kept)
                    .Select(request => (request, plan.Take(request.Pages, request.Align))),
            ];
            foreach ((Request request, int page) in placed.Where(block => block.Request != kept))
            {
                plan.Return(page, request.Pages);
            }
        }

        Assert.That(plan.UsedPages, Is.EqualTo(derived.GetProperty("after_100_sequential_runs_used_pages").GetInt64()));
        Assert.That(plan.TopPage, Is.EqualTo(derived.GetProperty("one_pipeline_top_page").GetInt32()));
    }

    [Test(Description = "LibreELEC/linux-amlogic pull request #44")]
    public void APlannerTellsWhichCodecsFitThePool()
    {
        JsonElement log = Read(Path.Combine(Folder, "D15-codec-sizes.json"));
        foreach (string when in (string[])["before", "after"])
        {
            int reserved = log.GetProperty($"pools_{when}").GetProperty("reserved").GetInt32();
            int general = log.GetProperty($"pools_{when}").GetProperty("cma").GetInt32();
            Assert.That(Fitting(log, reserved), Is.EquivalentTo(Words(log, $"fits_reserved_{when}")));
            string[] together = Words(log, $"fits_sum_of_both_pools_{when}_{reserved + general}");
            Assert.That(together, Is.SubsetOf(Fitting(log, reserved + general)));
            Assert.That(together, Has.None.AnyOf(Fitting(log, reserved)).And.EquivalentTo(Words(log, "never_fits_reserved")));
        }
    }

    private static string[] Fitting(JsonElement log, int mebibytes)
    {
        CmaArea area = Area(mebibytes << 8, 0, "6.12");
        return
        [
            .. log.GetProperty("needs").EnumerateArray()
                .Where(need => CmaDiagnosis.Of(area, need.GetProperty("mib").GetInt32() << 8).Fits)
                .Select(need => $"{need.GetProperty("codec").GetString()} {need.GetProperty("mib").GetInt32()}"),
        ];
    }

    private static string[] Words(JsonElement log, string key) =>
        [.. log.GetProperty("derived").GetProperty(key).EnumerateArray().Select(word => word.GetString()!)];

    private static void AssertPlan(CmaPlan plan, JsonElement derived, string top, int sum)
    {
        Assert.That(plan.TopPage, Is.EqualTo(derived.GetProperty(top).GetInt32()));
        Assert.That((plan.PeakPages, plan.LostPages), Is.EqualTo((sum, plan.TopPage - sum)));
    }

    private static CmaPlan Plan(IEnumerable<Request[]> pipelines)
    {
        CmaPlan plan = new();
        foreach (Request request in pipelines.SelectMany(requests => requests))
        {
            plan.Take(request.Pages, request.Align);
        }

        return plan;
    }

    private static bool Fits(Request[] requests, int pipelines, int pages)
    {
        CmaArea area = Area(pages, 0, "6.12");
        return Enumerable.Repeat(requests, pipelines).SelectMany(all => all)
            .All(request => area.Allocate(request.Pages, request.Align).IsOk);
    }

    private static Request RequestIn(JsonElement request) =>
        new(request.GetProperty("pages").GetInt32(), request.GetProperty("align_order").GetInt32());

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

    private readonly record struct Request(int Pages, int Align);

    private static (int, int) Pair(JsonElement pair) => (pair[0].GetInt32(), pair[1].GetInt32());

    private static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllText(file)).RootElement;

    private static string Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "Simulator.Tests/Conformance/field-logs");
            if (Directory.Exists(folder))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException("field-logs");
    }
}
