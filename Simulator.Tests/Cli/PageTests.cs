using System.Text.RegularExpressions;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>What the page of docs shows is what the commands that it names give.</summary>
[TestFixture]
public sealed partial class PageTests : CommandTests
{
    private const string Again = "the page and what its commands give differ; do: sh docs/redraw.sh docs/" + Page;
    private const string Page = "the-2019-question.md";
    private const long LargestFile = 200_000;

    private static readonly string Docs = Path.Combine(CommandLine.Root, "docs");
    private static readonly string Text = File.ReadAllText(Path.Combine(Docs, Page));

    // Each picture is drawn by a command.
    private static string[] Pictures => [.. Picture().Matches(Text).Select(match => match.Groups[1].Value)];

    [Test]
    public void ItIsWhatItsCommandsGive()
    {
        Copy("docs");
        Copy(Path.Combine("scenarios", "secure"));
        foreach (string picture in Pictures)
        {
            File.Delete(Path.Combine(Folder, "docs", picture));
        }

        string path = $"{Path.GetDirectoryName(CommandLine.Command)}:{Environment.GetEnvironmentVariable("PATH")}";
        Called called = Sh($"sh docs/redraw.sh docs/{Page}", ("PATH", path));
        Ends(called, 0);
        Assert.That(called.Error, Is.Empty);
        Assert.That(Read(Path.Combine("docs", Page)), Is.EqualTo(Text), Again);
        foreach (string picture in Pictures)
        {
            byte[] drawn = File.ReadAllBytes(Path.Combine(Folder, "docs", picture));
            Assert.That(drawn, Is.EqualTo(File.ReadAllBytes(Path.Combine(Docs, picture))), $"{picture}: {Again}");
        }
    }

    [Test]
    public void ItHasAllPicturesAndItsLinksLeadSomewhere()
    {
        Assert.That(Drawn().Matches(Text).Select(match => match.Groups[1].Value), Is.EqualTo(Pictures));
        Assert.That(
            Directory.GetFiles(Docs).Select(file => Path.GetFileName(file)),
            Is.EquivalentTo([.. Pictures, Page, "redraw.sh"]));
        Assert.That(Directory.GetFiles(Docs).Where(file => new FileInfo(file).Length > LargestFile), Is.Empty);
        IEnumerable<string> files = Link().Matches(Text)
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(target => !target.StartsWith("https://", StringComparison.Ordinal));
        Assert.That(files.Where(file => !Path.Exists(Path.Combine(Docs, file))), Is.Empty);
    }

    [Test]
    public void WhatItSaysOfFiguresStandsInATable()
    {
        string shown = string.Concat(Fenced().Matches(Text).Select(match => match.Value));
        int first = Text.IndexOf("\n### The founding example", StringComparison.Ordinal);
        string prose = Fenced().Replace(Text[first..Text.IndexOf("\n## 5.", StringComparison.Ordinal)], "");
        Assert.That(
            Number().Matches(prose).Select(match => match.Value).Except(Number().Matches(shown).Select(match => match.Value)),
            Is.Empty);
    }

    private void Copy(string folder)
    {
        Directory.CreateDirectory(Path.Combine(Folder, folder));
        foreach (string file in Directory.GetFiles(Path.Combine(CommandLine.Root, folder)))
        {
            File.Copy(file, Path.Combine(Folder, folder, Path.GetFileName(file)));
        }
    }

    [GeneratedRegex(@"(?ms)^```.*?^```$")]
    private static partial Regex Fenced();

    [GeneratedRegex(@"!\[[^\]]*\]\(([^)]+)\)")]
    private static partial Regex Picture();

    [GeneratedRegex(@"(?m)^\$ dmabuf-sim .* -o docs/(\S+)")]
    private static partial Regex Drawn();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\d[\d,.]*\d|\d")]
    private static partial Regex Number();
}
