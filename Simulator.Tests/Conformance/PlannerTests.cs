using System.Globalization;
using System.Text.Json;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Tests.Cli;
using NUnit.Framework;

namespace DmaBufSim.Tests.Conformance;

/// <summary>Questions about published numbers that a planner asks, as a user asks them: a scenario and a command.</summary>
[TestFixture]
public sealed class PlannerTests : CommandTests
{
    private const string Encoder = "D14-encoder-pipeline.json";
    private const string EncoderSource = "Freescale/gstreamer-imx issue #30, comment by FrankBau, 2015-03-01";
    private const string KeptPages = "124";

    // 2738, 20658 and 21682 pages in units of 4 MiB.
    [TestCase(1, true, "12MiB", "8MiB", "one_pipeline_top_page", "sum_pages", Description = EncoderSource)]
    [TestCase(
        8, true, "84MiB", "80MiB", "eight_pipelines_shared_block_top_page", "eight_pipelines_sum_pages_shared",
        Description = EncoderSource)]
    [TestCase(
        8, false, "88MiB", "84MiB", "eight_pipelines_own_block_top_page", "eight_pipelines_sum_pages_own",
        Description = EncoderSource)]
    public void TheAreaOfEncodersIsPlanned(
        int pipelines, bool shares, string size, string tooSmall, string topKey, string sumKey)
    {
        JsonElement log = FieldLogs.Read(Encoder);
        JsonElement derived = log.GetProperty("derived");
        int top = derived.Number(topKey);
        int sum = (pipelines == 1 ? log.GetProperty("facts") : derived).Number(sumKey);
        IEnumerable<string> steps = Enumerable.Range(0, pipelines).SelectMany(pipeline => Pages(log)
            .Where(pages => pipeline == 0 || !shares || pages != KeptPages)
            .Select((pages, i) => $"b{pipeline}.{i} = alloc cma {pages}p"));
        Write("plan.heap", "machine memory=256MiB\nheap cma size=4MiB\n" + string.Join('\n', steps));
        Called called = Call("smallest", "plan.heap", "--step", "4MiB", "--seeds", "1");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith(string.Create(
            CultureInfo.InvariantCulture,
            $"area cma: {size} is enough for 1 seed\n"
            + $"pages: {sum} in use at once, {top} from the first to the last, {top - sum} lost to alignment and gaps\n")));
        Assert.That(called.Output, Does.Contain($" {tooSmall}  0 of 1 seed survives\n"));
    }

    [Test(Description = EncoderSource)]
    public void TheBuffersOfAnEncoderLieWhereTheyWereComputed()
    {
        JsonElement log = FieldLogs.Read(Encoder);
        Play("machine\nheap cma size=12MiB\n" + string.Join('\n', Pages(log).Zip(
            log.GetProperty("derived").GetProperty("one_pipeline_pages_in_order").EnumerateArray(),
            (pages, place) => $"""
                b{place} = alloc cma {pages}p
                a{place} = attach probe b{place}
                map a{place} from_device -> ok area_page={place}
                """)));
    }

    // The pages that no run frees again are those of the block that the next run finds and does not ask for.
    [Test(Description = EncoderSource)]
    public void AHundredRunsOfAnEncoderLeaveOneBlock()
    {
        JsonElement log = FieldLogs.Read(Encoder);
        int used = log.GetProperty("derived").Number("after_100_sequential_runs_used_pages");
        List<string> steps = [];
        for (int run = 0; run < 100; run++)
        {
            string[] asked = [.. Pages(log).Where(pages => run == 0 || pages != KeptPages)];
            steps.AddRange(asked.Select((pages, i) => $"b{i} = alloc cma {pages}p"));
            steps.AddRange(Enumerable.Range(0, asked.Length).Where(i => asked[i] != KeptPages).Select(i => $"close b{i}"));
        }

        // An area that one run fits into is enough for all.
        Play($"""
            heap cma size=12MiB
            {string.Join('\n', steps)}
            cat /sys/kernel/debug/cma/reserved/used -> ok
            | {used}
            """);
    }

    [Test(Description = "LibreELEC/linux-amlogic pull request #44, Kwiboo, 2017-02-12")]
    public void APlannerTellsWhichCodecsFitThePool()
    {
        JsonElement log = FieldLogs.Read("D15-codec-sizes.json");
        JsonElement derived = log.GetProperty("derived");
        foreach (string when in (string[])["before", "after"])
        {
            int reserved = log.GetProperty($"pools_{when}").Number("reserved");
            int both = reserved + log.GetProperty($"pools_{when}").Number("cma");
            string[] fitting = Fitting(log, reserved);
            Assert.That(fitting, Is.EquivalentTo(derived.GetProperty($"fits_reserved_{when}").Words()));
            string[] together = derived.GetProperty($"fits_sum_of_both_pools_{when}_{both}").Words();
            Assert.That(Fitting(log, both), Is.SupersetOf(together));
            Assert.That(together, Has.None.AnyOf(fitting));
            Assert.That(together, Is.EquivalentTo(derived.GetProperty("never_fits_reserved").Words()));
        }
    }

    // Areas here come in units of 8 MiB: what the largest that fits needs is the pool that the author made.
    [Test(Description = "LibreELEC/linux-amlogic pull request #44, Kwiboo, 2017-02-12")]
    public void TheSmallestPoolForACodecIsThatOfTheAuthor()
    {
        JsonElement log = FieldLogs.Read("D15-codec-sizes.json");
        int unit = log.Number("alignment_MiB");
        int most = log.GetProperty("needs").EnumerateArray().Select(need => need.Number("mib"))
            .Last(mib => mib <= log.GetProperty("pools_after").Number("reserved") && mib > 77);
        Write("codec.heap", $"heap codec type=cma size=8MiB\nb = alloc codec {most}MiB");
        Called called = Call("smallest", "codec.heap", "--step", $"{unit}MiB", "--seeds", "1");
        Ends(called, 0);
        Assert.That(called.Output, Does.StartWith(
            $"area codec: {log.GetProperty("pools_after").Number("reserved")}MiB is enough for 1 seed\n"));
    }

    private static string[] Pages(JsonElement log) =>
        [.. log.GetProperty("requests").EnumerateArray().Select(request => request.GetProperty("pages").ToString())];

    private static string[] Fitting(JsonElement log, int mebibytes) =>
    [
        .. log.GetProperty("needs").EnumerateArray()
            .Where(need => Run($"machine memory=512MiB\nheap pool type=cma size={mebibytes}MiB\n"
                + $"b = alloc pool {need.Number("mib")}MiB").End == RunEnd.Passed)
            .Select(need => $"{need.GetProperty("codec").GetString()} {need.Number("mib")}"),
    ];

    private static void Play(string text)
    {
        RunResult result = Run(text);
        Assert.That(result.Wrong.Select(wrong => $"{wrong.Step}: {wrong.Difference}"), Is.Empty);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed));
    }

    private static RunResult Run(string text)
    {
        ParsedScenario parsed = ScenarioParser.Parse("plan.heap", text);
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString()), Is.Empty);
        return new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!);
    }
}
