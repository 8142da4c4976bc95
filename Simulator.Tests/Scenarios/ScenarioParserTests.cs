using System.Text;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using DmaBufSim.Security;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

[TestFixture]
public sealed class ScenarioParserTests
{
    [Test]
    public void EveryTranscriptOfAKnownKindParses()
    {
        foreach (string file in TranscriptSources.Known())
        {
            Assert.That(ScenarioParser.ParseFile(file).Report(), Is.Empty, file);
        }
    }

    [Test]
    public void VerbsThatAreNotKnownGiveDiagnosticsAndNothingElse()
    {
        foreach (string file in TranscriptSources.Others())
        {
            Assert.That(() => ScenarioParser.ParseFile(file).Report(), Throws.Nothing, file);
        }
    }

    [Test]
    public void TheMachineOfAMovieIsRead()
    {
        Scenario movie = Sample.Read(Sample.Movie);
        MachineDescription machine = movie.Machine;
        Assert.Multiple(() =>
        {
            Assert.That(machine.Memory, Is.EqualTo(256L << 20));
            Assert.That(machine.Kernel.Name, Is.EqualTo("6.12"));
            Assert.That(machine.Areas.Single(), Is.EqualTo(new AreaDescription("cma0", 64L << 20)));
            Assert.That(machine.Heaps.Select(heap => (heap.Name, heap.Type, heap.On)), Is.EqualTo(
                ((string, string, string?)[])[("system", "system", null), ("video", "protected", "cma0")]));
            Assert.That(machine.Heaps[1].Rules, Is.EqualTo((AccessRule[])
                [
                    new("decoder", AccessRights.Write, null),
                    new("display", AccessRights.Read, null),
                    new("cpu", AccessRights.Write, "subtitles"),
                ]));
            Assert.That(machine.Devices.Select(device => device.Name), Is.EqualTo((string[])["decoder", "display", "gpu"]));
        });
    }

    [Test]
    public void TheStepsOfAMovieAreRead()
    {
        Scenario movie = Sample.Read(Sample.Movie);
        Step map = movie.Steps[5];
        Assert.Multiple(() =>
        {
            Assert.That(movie.Steps, Has.Length.EqualTo(10));
            Assert.That(movie.Steps[1].Expected, Is.Null);
            Assert.That((map.Line, map.Binds, map.Verb.Name), Is.EqualTo((16, "m", "mmap")));
            Assert.That(map.Arguments.Select(argument => argument.Number), Is.EqualTo((long[])[0, 0, 3112960, 3, 1]));
            Assert.That(map.Arguments[3].Column, Is.EqualTo(23));
            Assert.That(map.Expected!.ToString(), Is.EqualTo("EACCES reason=cpu-may-only-write"));
            Assert.That(movie.Verdicts.Select(verdict => verdict.Sentence), Is.EqualTo((string[])
                ["never gpu reads video", "never cpu reads video", "always freed pages are zeroed before reuse"]));
        });
    }

    [Test]
    public void ATranscriptIsReadAsItIs()
    {
        Scenario transcript = Sample.Read(Sample.Transcript);
        Step raw = transcript.Steps.First(step => step.Verb.Name == "alloc_raw");
        Step cat = transcript.Steps.First(step => step.Verb.Name == "cat");
        Step take = transcript.Steps.First(step => step.Verb.Name == "take");
        Assert.Multiple(() =>
        {
            Assert.That(transcript.Steps[2].Arguments[1].Number, Is.EqualTo(-1));
            Assert.That(transcript.Steps[4].Arguments[3].Number, Is.EqualTo(long.MinValue));
            Assert.That(raw.Arguments.Select(argument => argument.Number), Is.EqualTo((long[])[0, 12345, 0, 0x80002, 0, 64]));
            Assert.That(cat.Expected!.Lines, Is.EqualTo((string[])
                ["", "Dma-buf Objects:", "size    \tflags   \tmode", "  two spaces before # this", "", "Total 1 objects, 24576 bytes"]));
            Assert.That((take.Process, take.Binds, take.Arguments[0].Text), Is.EqualTo(((string?)null, "d1", "p1")));
            Assert.That(transcript.Steps[^3].Arguments[0].IsPresent, Is.False);
            Assert.That(transcript.Steps[^1].Process, Is.EqualTo("p1"));
        });
    }

    [TestCase("0", 0L)]
    [TestCase("0x1F", 31L)]
    [TestCase("16p", 65536L)]
    [TestCase("0x10p", 65536L)]
    [TestCase("3KiB", 3072L)]
    [TestCase("2MiB", 2097152L)]
    [TestCase("1GiB", 1073741824L)]
    [TestCase("-1", -1L)]
    [TestCase("-4KiB", -4096L)]
    [TestCase("18446744073709551615", -1L)]
    [TestCase("-9223372036854775808", long.MinValue)]
    public void NumbersAreRead(string text, long value)
    {
        Assert.That(NumberText.TryParse(text, out long number), Is.True);
        Assert.That(number, Is.EqualTo(value));
    }

    [TestCase("")]
    [TestCase("-")]
    [TestCase("0x")]
    [TestCase("p")]
    [TestCase("MiB")]
    [TestCase("1MB")]
    [TestCase("1_000")]
    [TestCase(" 1")]
    [TestCase("+1")]
    [TestCase("--1")]
    [TestCase("1.5GiB")]
    [TestCase("18446744073709551616")]
    [TestCase("17179869184GiB")]
    [TestCase("-9223372036854775809")]
    [TestCase("\u0661")]
    public void WhatIsNoNumberIsNotRead(string text) => Assert.That(NumberText.TryParse(text, out _), Is.False);

    [Test]
    public void BytesMayStartWithAMarkAndLinesMayEndAsOnWindows()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes("heap system\r\nb = alloc system 1p\r\n| x\r\n")];
        Scenario scenario = ScenarioParser.Parse("story.heap", bytes).Scenario!;
        Assert.That(scenario.Steps[0].Expected!.Lines, Is.EqualTo((string[])["x"]));
    }

    [Test]
    public void ManyStepsAreReadAtOnce()
    {
        StringBuilder text = new("heap system\n");
        for (int i = 0; i < 50_000; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"b{i} = alloc system 4096 rdwr -> ok size=4096\nclose b{i}\n");
        }

        Assert.That(Sample.Read(text.ToString()).Steps, Has.Length.EqualTo(100_000));
    }

    [Test]
    public void ManyMistakesAreReadAtOnce()
    {
        StringBuilder text = new("heap system\n");
        for (int i = 0; i < 50_000; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"n{i} = alloc heap{i} 1\nclose u{i}\n");
        }

        ParsedScenario parsed = ScenarioParser.Parse("story.heap", text.ToString());
        Assert.Multiple(() =>
        {
            Assert.That(parsed.Scenario, Is.Null);
            Assert.That(parsed.Diagnostics, Has.Length.EqualTo(50));
            Assert.That(parsed.Report(), Does.EndWith(" more"));
        });
    }

    [Test]
    public void APromptReadsStepsForItsMachine()
    {
        MachineDescription machine = Sample.Read(Sample.Transcript).Machine;
        Assert.Multiple(() =>
        {
            Assert.That(ScenarioParser.ParseStep("b = alloc reserved 16p", machine).Step!.Arguments[1].Number, Is.EqualTo(65536));
            Assert.That(ScenarioParser.ParseStep("  # nothing", machine).Step, Is.Null);
            Assert.That(ScenarioParser.ParseStep("  # nothing", machine).Diagnostics, Is.Empty);
            Assert.That(ScenarioParser.ParseStep("a = attach gpu b", machine).Diagnostics.Single().ToString(), Is.EqualTo("""
                input:1:12: unknown device 'gpu'
                    a = attach gpu b
                               ^
                expected: probe0, probe1
                """));
            Assert.That(ScenarioParser.ParseStep("b = alloc sytem 16p", machine).Diagnostics.Single().Suggestion, Is.EqualTo("system"));
        });
    }

    [Test]
    public void APlugInsHeapKeepsItsKeys()
    {
        ParsedScenario parsed = ScenarioParser.Parse(
            "s", "heap mine type=slab colour=7 size=4MiB", Vocabulary.BuiltIn with { HeapTypes = ["system", "slab"] });
        Assert.That(parsed.Scenario!.Machine.Heaps.Single().Options["colour"], Is.EqualTo("7"));
    }
}
