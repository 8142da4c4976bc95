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

    [TestCase("D14-encoder-pipeline.json")]
    public void APlannerSizesTheAreaOfAnEncoder(string file)
    {
        JsonElement log = Read(Path.Combine(Folder, file));
        JsonElement derived = log.GetProperty("derived");
        (int Pages, int Align)[] requests =
        [
            .. log.GetProperty("requests").EnumerateArray().Select(
                request => (request.GetProperty("pages").GetInt32(), request.GetProperty("align_order").GetInt32())),
        ];
        (int, int) kept = (124, 7);
        (int, int)[] others = [.. requests.Where(request => request != kept)];
        List<int> places = Place(1, requests, []);
        Assert.That(places, Is.EqualTo(
            derived.GetProperty("one_pipeline_pages_in_order").EnumerateArray().Select(page => page.GetInt32())));
        Assert.That(Top(1, requests, []), Is.EqualTo(derived.GetProperty("one_pipeline_top_page").GetInt32()));
        Assert.That(
            Top(8, requests, []), Is.EqualTo(derived.GetProperty("eight_pipelines_own_block_top_page").GetInt32()));
        Assert.That(
            Top(1, requests, others), Is.EqualTo(derived.GetProperty("eight_pipelines_shared_block_top_page").GetInt32()));
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

    private static List<int> Place(int pipelines, (int Pages, int Align)[] first, (int Pages, int Align)[] seven)
    {
        CmaArea area = Area(32768, 0, "6.12");
        List<int> places = [];
        for (int i = 0; i < pipelines + (seven.Length > 0 ? 7 : 0); i++)
        {
            foreach ((int pages, int align) in i < pipelines ? first : seven)
            {
                places.Add(area.Allocate(pages, align).Value - area.Range.First);
            }
        }

        return places;
    }

    private static int Top(int pipelines, (int Pages, int Align)[] first, (int Pages, int Align)[] seven)
    {
        List<int> places = Place(pipelines, first, seven);
        int[] sizes =
        [
            .. Enumerable.Repeat(first, pipelines).SelectMany(all => all).Select(request => request.Pages),
            .. Enumerable.Repeat(seven, 7).SelectMany(all => all).Select(request => request.Pages),
        ];
        return places.Zip(sizes).Max(placed => placed.First + placed.Second);
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
