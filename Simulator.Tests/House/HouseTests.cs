using NUnit.Framework;

namespace DmaBufSim.Tests.House;

/// <summary>The bearing walls, held against the sources.</summary>
[TestFixture]
public sealed class HouseTests
{
    private static readonly IReadOnlyList<Source> Library = Source.Below("Simulator");
    private static readonly IReadOnlyList<Source> Pictures = Source.Below("Pictures");
    private static readonly IReadOnlyList<Source> Tests = Source.Below("Simulator.Tests");

    private static IEnumerable<string> Folders =>
        Library.Select(source => source.Room).OfType<string>().Distinct();

    [Test]
    public void TheSourcesAreThere()
    {
        Assert.That(Library, Has.Count.GreaterThan(80));
        Assert.That(Pictures, Has.Count.GreaterThan(10));
        Assert.That(Tests, Has.Count.GreaterThan(30));
        Assert.That(Folders, Is.SubsetOf(Rooms.All));
        Assert.That(Library.Where(source => source.Room is null), Is.Empty);
    }

    [Test]
    public void ARoomUsesOnlyWhatItsRowNames() => Assert.That(HouseRules.Direction(Library), Is.Empty);

    [Test]
    public void NothingDiffersFromRunToRun() => Assert.That(HouseRules.BannedSymbols([.. Library, .. Pictures]), Is.Empty);

    [Test]
    public void LoggingAndContainersStayAtTheEdge() => Assert.That(HouseRules.EdgeOnly([.. Library, .. Pictures]), Is.Empty);

    [Test]
    public void OnlyPicturesDraw() => Assert.That(HouseRules.Drawing(Library), Is.Empty);

    [Test]
    public void TheFolderIsTheNamespace() =>
        Assert.That(HouseRules.FolderIsNamespace([.. Library, .. Pictures, .. Tests]), Is.Empty);

    [Test]
    public void FilesAreShort() => Assert.That(HouseRules.FileLengths([.. Library, .. Pictures, .. Tests]), Is.Empty);

    [Test]
    public void LinesAreShort() =>
        Assert.That(HouseRules.LineLengths([.. Library, .. Pictures]), Is.Empty);

    [Test]
    public void NamesNameThings() => Assert.That(HouseRules.Names([.. Library, .. Pictures, .. Tests]), Is.Empty);

    [Test]
    public void NothingIsWalkedInHashOrder() => Assert.That(HouseRules.HashOrder([.. Library, .. Pictures]), Is.Empty);

    [Test]
    public void NothingIsStaticState() => Assert.That(HouseRules.StaticState([.. Library, .. Pictures]), Is.Empty);

    [Test]
    public void EveryRoomHasItsPage()
    {
        foreach (string room in Folders)
        {
            string file = Path.Combine(Source.Root, "Simulator", room, "README.md");
            Assert.That(HouseRules.Page(room, File.Exists(file) ? File.ReadAllText(file) : null), Is.Empty);
        }

        string pictures = Path.Combine(Source.Root, "Pictures", "README.md");
        Assert.That(HouseRules.Page("Pictures", File.ReadAllText(pictures)), Is.Empty);
    }
}
