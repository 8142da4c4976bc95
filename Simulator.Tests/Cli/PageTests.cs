using System.Text.RegularExpressions;
using NUnit.Framework;

namespace DmaBufSim.Tests.Cli;

/// <summary>What a page of docs shows is what the commands that it names give.</summary>
[TestFixture]
public sealed partial class PageTests : CommandTests
{
    private static readonly string Docs = Path.Combine(CommandLine.Root, "docs");

    private static IEnumerable<string> Pages() => Directory.GetFiles(Docs, "*.md").Select(file => Path.GetFileName(file));

    [TestCaseSource(nameof(Pages))]
    public void ItIsWhatItsCommandsGive(string page)
    {
        Copy("docs");
        Copy(Path.Combine("scenarios", "secure"));
        foreach (string picture in Pictures(page))
        {
            File.Delete(Path.Combine(Folder, "docs", picture));
        }

        string path = $"{Path.GetDirectoryName(CommandLine.Command)}:{Environment.GetEnvironmentVariable("PATH")}";
        Called called = Sh($"sh docs/redraw.sh docs/{page}", ("PATH", path));
        Ends(called, 0);
        Assert.That(called.Error, Is.Empty);
        string again = $"this page and what its commands give differ; do: sh docs/redraw.sh docs/{page}";
        Assert.That(Read(Path.Combine("docs", page)), Is.EqualTo(File.ReadAllText(Path.Combine(Docs, page))), again);
        foreach (string picture in Pictures(page))
        {
            byte[] drawn = File.ReadAllBytes(Path.Combine(Folder, "docs", picture));
            Assert.That(drawn, Is.EqualTo(File.ReadAllBytes(Path.Combine(Docs, picture))), $"{picture}: {again}");
        }
    }

    [TestCaseSource(nameof(Pages))]
    public void ItsNumbersAndLinksAreThere(string page)
    {
        string text = File.ReadAllText(Path.Combine(Docs, page));
        string shown = string.Join('\n', Console().Matches(text).Select(match => match.Value));
        string prose = Fenced().Replace(text[text.IndexOf("\n## 4.", StringComparison.Ordinal)..], "");
        prose = Link().Replace(prose[..prose.IndexOf("\n## 5.", StringComparison.Ordinal)], "");
        string[] numbers = [.. Number().Matches(shown).Select(match => match.Value)];
        Assert.That(Number().Matches(prose).Select(match => match.Value).Except([.. numbers, "4"]), Is.Empty);

        foreach (string target in Link().Matches(text).Select(match => match.Groups[1].Value))
        {
            string file = target.Split('#')[0];
            Assert.That(
                target.StartsWith("https://", StringComparison.Ordinal) || file.Length == 0
                    || Path.Exists(Path.Combine(Docs, file)),
                target);
        }

        Assert.That(
            Directory.GetFiles(Docs).Select(file => Path.GetFileName(file)),
            Is.EquivalentTo([.. Pages(), .. Pages().SelectMany(Pictures), "redraw.sh"]));
        Assert.That(
            Directory.GetFiles(Docs).Where(file => new FileInfo(file).Length > 200_000), Is.Empty);
    }

    // Each picture is drawn by a command of the page.
    private static IEnumerable<string> Pictures(string page)
    {
        string text = File.ReadAllText(Path.Combine(Docs, page));
        string[] shown = [.. Picture().Matches(text).Select(match => match.Groups[1].Value)];
        string[] drawn = [.. Drawn().Matches(text).Select(match => match.Groups[1].Value)];
        Assert.That(drawn, Is.EqualTo(shown));
        return shown;
    }

    private void Copy(string folder)
    {
        Directory.CreateDirectory(Path.Combine(Folder, folder));
        foreach (string file in Directory.GetFiles(Path.Combine(CommandLine.Root, folder)))
        {
            File.Copy(file, Path.Combine(Folder, folder, Path.GetFileName(file)));
        }
    }

    [GeneratedRegex(@"(?ms)^```console$.*?^```$")]
    private static partial Regex Console();

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
