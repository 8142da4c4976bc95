using DmaBufSim.Machines;
using DmaBufSim.Pictures;
using NUnit.Framework;

namespace DmaBufSim.Tests.Pictures;

/// <summary>
/// Colours as seen with all, without red, without green and without blue receptors: the matrices of Machado, Oliveira
/// and Fernandes, 2009, severity 1; distances in CIE 1976 L*a*b*, where 2.3 can just be seen.
/// </summary>
[TestFixture]
public sealed class PaletteTests
{
    private const double ClearlyApart = 15;

    private static readonly double[][] Eyes =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    [Test]
    public void EverybodyTellsTheUsesApart([Values(0, 1, 2, 3)] int eye)
    {
        uint[] colours = [.. Enum.GetValues<PageUse>()
            .SelectMany(use => Enumerable.Range(0, 10).Select(inode => Palette.Of(use, inode)))
            .Distinct()];
        Assert.That(colours, Has.Length.EqualTo(5 + 5 + 2));
        AreApart(colours, eye);
    }

    [Test]
    public void EverybodyTellsTheStatesOfARightApart([Values(0, 1, 2, 3)] int eye) =>
        AreApart([.. Enum.GetValues<AccessState>().Select(Palette.Of)], eye);

    private static void AreApart(uint[] colours, int eye)
    {
        foreach (uint one in colours)
        {
            foreach (uint other in colours.Where(other => other != one))
            {
                Assert.That(Distance(one, other, Eyes[eye]), Is.GreaterThan(ClearlyApart), $"{one:x6} {other:x6}");
            }
        }
    }

    private static double Distance(uint one, uint other, double[] eye) =>
        Math.Sqrt(Lab(one, eye).Zip(Lab(other, eye)).Sum(two => Math.Pow(two.First - two.Second, 2)));

    private static double[] Lab(uint colour, double[] eye)
    {
        double[] light = [.. new[] { 16, 8, 0 }.Select(shift => Linear((colour >> shift & 0xFF) / 255.0))];
        double[] seen = [.. Enumerable.Range(0, 3).Select(
            row => Math.Clamp(Enumerable.Range(0, 3).Sum(i => eye[(row * 3) + i] * light[i]), 0, 1))];
        double x = Root(((0.4124 * seen[0]) + (0.3576 * seen[1]) + (0.1805 * seen[2])) / 0.95047);
        double y = Root((0.2126 * seen[0]) + (0.7152 * seen[1]) + (0.0722 * seen[2]));
        double z = Root(((0.0193 * seen[0]) + (0.1192 * seen[1]) + (0.9505 * seen[2])) / 1.08883);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
    }

    private static double Linear(double value) =>
        value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);

    private static double Root(double value) => value > 0.008856 ? Math.Cbrt(value) : (7.787 * value) + (16.0 / 116);
}
