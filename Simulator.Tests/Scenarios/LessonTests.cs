using System.Globalization;
using System.Text;
using DmaBufSim.Machines;
using DmaBufSim.Scenarios;
using NUnit.Framework;

namespace DmaBufSim.Tests.Scenarios;

/// <summary>Every scenario of the repository passes, and so does what it prints.</summary>
[TestFixture]
public sealed class LessonTests
{
    private const int LongestLine = 100;
    private const int FewestLessons = 14;

    private static IEnumerable<TestCaseData> Lessons() =>
        LessonFiles.All().Select(file => new TestCaseData(file).SetName($"{{m}}({LessonFiles.NameOf(file)})"));

    [TestCaseSource(nameof(Lessons))]
    public void ItPasses(string file) => Play(file, File.ReadAllText(file));

    [TestCaseSource(nameof(Lessons))]
    public void ItsTranscriptPasses(string file)
    {
        string transcript = Play(file, File.ReadAllText(file));
        Assert.That(Play($"transcript of {file}", transcript, exact: true), Is.EqualTo(transcript));
    }

    [TestCaseSource(nameof(Lessons))]
    public void ASecondRunGivesTheSameBytes(string file)
    {
        string text = File.ReadAllText(file);
        Assert.That(Play(file, text, explains: true), Is.EqualTo(Play(file, text, explains: true)));
    }

    [TestCaseSource(nameof(Lessons))]
    public void ItsLinesAreShort(string file) =>
        Assert.That(File.ReadAllLines(file).Where(line => line.Length > LongestLine), Is.Empty);

    [TestCaseSource(nameof(Lessons))]
    public void ItTellsWhatItShows(string file) =>
        Assert.That(File.ReadAllText(file), Does.StartWith("# "));

    [Test]
    public void LessonsAreNumberedWithoutGaps()
    {
        string[] names =
        [
            .. LessonFiles.All().Select(LessonFiles.NameOf)
                .Where(name => name.StartsWith("lessons/", StringComparison.Ordinal)),
        ];
        Assert.That(names, Has.Length.AtLeast(FewestLessons));
        for (int i = 0; i < names.Length; i++)
        {
            string number = (i + 1).ToString("00", CultureInfo.InvariantCulture);
            Assert.That(names[i], Does.StartWith($"lessons/{number}-"));
        }
    }

    private static string Play(string name, string text, bool exact = false, bool explains = false)
    {
        ParsedScenario parsed = ScenarioParser.Parse(name, text);
        Assert.That(parsed.Diagnostics.Select(diagnostic => diagnostic.ToString()), Is.Empty);
        StringBuilder transcript = new();
        TranscriptWriter writer = new(parsed.Scenario!, (_, piece) => transcript.Append(piece), explains);
        RunOptions options = new() { Exact = exact, KeepsChanges = explains, Played = writer.Write };
        RunResult result = new ScenarioRunner(new MachineBuilder()).Run(parsed.Scenario!, options);
        writer.Finish(result);
        Assert.That(result.End, Is.EqualTo(RunEnd.Passed), transcript.ToString());
        return transcript.ToString();
    }
}
