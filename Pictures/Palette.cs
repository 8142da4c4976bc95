using DmaBufSim.Machines;

namespace DmaBufSim.Pictures;

/// <summary>The colours, 0xRRGGBB.</summary>
/// <remarks>
/// Those of Okabe and Ito, "Color Universal Design", which people with any kind of colour vision tell apart, with greys
/// of different lightness beside them.
/// </remarks>
public static class Palette
{
    /// <summary>The sheet.</summary>
    public const uint Paper = 0xFFFFFF;

    /// <summary>Text.</summary>
    public const uint Ink = 0x1A1A1A;

    /// <summary>Text that is less important.</summary>
    public const uint Faint = 0x595959;

    /// <summary>Lines behind curves.</summary>
    public const uint Grid = 0xDDDDDD;

    /// <summary>Pinned pages, requests that failed, and bytes that are open against the rules.</summary>
    public const uint Vermilion = 0xD55E00;

    /// <summary>After so many buffers the colours come again.</summary>
    internal const int Shades = 5;

    private static readonly uint[] Buffers = [0x009E73, 0xF0E442, 0x0072B2, 0xCC79A7, 0x5A3A00];
    private static readonly uint[] Protected = [0x000000, 0x332288];
    private static readonly uint[] Lines = [0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0x000000];

    /// <summary>The colour of a page. Buffers that follow each other have different ones.</summary>
    public static uint Of(PageUse use, long inode) => use switch
    {
        PageUse.Free => 0xF0F0F0,
        PageUse.Reserved => 0xC4C4C4,
        PageUse.Movable => 0x56B4E9,
        PageUse.Pinned => Vermilion,
        PageUse.Kernel => 0x505050,
        PageUse.Buffer => Buffers[(int)(inode % Buffers.Length)],
        _ => Protected[(int)(inode % Protected.Length)],
    };

    /// <summary>The colour of a right to bytes.</summary>
    public static uint Of(AccessState state) => state switch
    {
        AccessState.Allowed => 0x0072B2,
        AccessState.Denied => Grid,
        AccessState.Barred => 0xF0E442,
        _ => Vermilion,
    };

    /// <summary>The colour of a curve or a series, by its number.</summary>
    public static uint Line(int number) => Lines[number % Lines.Length];
}
