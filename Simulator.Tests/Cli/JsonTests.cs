using System.Text.Json;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>The report for programs.</summary>
[TestFixture]
public sealed class JsonTests : CommandTests
{
    [Test]
    public void EveryStepIsThere()
    {
        Write("good.heap", Good);
        JsonElement report = Report(0, "good.heap", "--explain");
        Assert.That(Names(report), Is.EqualTo(new[] { "version", "files", "summary" }));
        Assert.That(report.GetProperty("version").GetInt32(), Is.EqualTo(1));
        JsonElement file = report.GetProperty("files")[0];
        Assert.That(Names(file), Is.EqualTo(new[] { "file", "kernel", "seed", "steps", "verdicts", "end" }));
        Assert.That(file.GetProperty("file").GetString(), Is.EqualTo("good.heap"));
        Assert.That(file.GetProperty("end").GetString(), Is.EqualTo("passed"));
        Assert.That(file.GetProperty("steps").GetArrayLength(), Is.EqualTo(6));
        JsonElement first = file.GetProperty("steps")[0];
        Assert.That(Names(first), Is.EqualTo(new[] { "line", "step", "outcome", "words", "changes", "as_expected" }));
        Assert.That(first.GetProperty("line").GetInt32(), Is.EqualTo(6));
        Assert.That(first.GetProperty("step").GetString(), Is.EqualTo("b = alloc system 8KiB"));
        Assert.That(first.GetProperty("words")[0].GetString(), Is.EqualTo("size=8192"));
        JsonElement last = file.GetProperty("steps")[5];
        Assert.That(last.GetProperty("outcome").GetString(), Is.EqualTo("EBADF"));
        Assert.That(last.GetProperty("reason").GetString(), Is.EqualTo("descriptor-not-open"));
        JsonElement verdict = file.GetProperty("verdicts")[0];
        Assert.That(verdict.GetProperty("holds").GetBoolean(), Is.True);
        Assert.That(report.GetProperty("summary").GetRawText().Where(c => !char.IsWhiteSpace(c)),
            Is.EqualTo("""{"steps":6,"passed":1,"failed":0,"crashed":0}"""));
    }

    [Test]
    public void AWrongOutcomeHasBothSides()
    {
        Write("wrong.heap", Wrong);
        JsonElement step = Report(1, "wrong.heap").GetProperty("files")[0].GetProperty("steps")[0];
        Assert.That(step.GetProperty("as_expected").GetBoolean(), Is.False);
        Assert.That(step.GetProperty("expected").GetString(), Is.EqualTo("ok size=4096"));
        Assert.That(step.GetProperty("difference").GetString(),
            Is.EqualTo("expected ok, got EINVAL (reason=length-zero)"));
    }

    [Test]
    public void AFaultEndsTheReportAndLeavesItValid()
    {
        Write("fault.heap", "heap mine type=throws-on-allocate\nheaps\nb = alloc mine 1\n");
        JsonElement report = Report(4, "fault.heap", "--plugin", CommandLine.FaultyPlugin);
        JsonElement file = report.GetProperty("files")[0];
        Assert.That(file.GetProperty("steps").GetArrayLength(), Is.EqualTo(1));
        Assert.That(file.GetProperty("end").GetString(), Is.EqualTo("fault"));
        Assert.That(file.GetProperty("fault").GetString(), Is.EqualTo("fault.heap:3: b = alloc mine 1: first second"));
    }

    [Test]
    public void StandardOutputHasNothingElse()
    {
        Write("good.heap", Good);
        Write("crash.heap", Crashing);
        Called called = Call("run", "good.heap", "crash.heap", "--json", "-");
        Ends(called, 3);
        JsonElement report = JsonDocument.Parse(called.Output).RootElement;
        Assert.That(report.GetProperty("files").GetArrayLength(), Is.EqualTo(2));
        Assert.That(report.GetProperty("summary").GetProperty("crashed").GetInt32(), Is.EqualTo(1));
    }

    [TestCase(".")]
    [TestCase("nowhere/report.json")]
    [TestCase("")]
    [TestCase("/dev/full")]
    public void AReportThatCannotBeWrittenIsTold(string path)
    {
        if (path.StartsWith('/') && !File.Exists(path))
        {
            Assert.Ignore($"no {path}");
        }

        Write("good.heap", Good);
        Called called = Call("run", "good.heap", "-q", "--json", path);
        Ends(called, 2);
        Assert.That(called.Error, Does.Contain(": the report cannot be written: "));
    }

    private JsonElement Report(int code, params string[] arguments)
    {
        Ends(Call(["run", "-q", "--json", "report.json", .. arguments]), code);
        return JsonDocument.Parse(Read("report.json")).RootElement;
    }

    private static IEnumerable<string> Names(JsonElement element) =>
        element.EnumerateObject().Select(property => property.Name);
}
