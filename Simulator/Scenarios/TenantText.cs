using System.Collections.Immutable;
using System.Globalization;
using DmaBufSim.Abi;
using DmaBufSim.Engine;
using DmaBufSim.Machines;
using DmaBufSim.Workloads;

namespace DmaBufSim.Scenarios;

/// <summary>How scenarios write the settings of tenants: numbers and ranges of them, resolutions, words.</summary>
internal static class TenantText
{
    private const string Dots = "..";
    private const char Cross = 'x';

    /// <summary>The value of a text that is no word.</summary>
    public static bool TryParse(TenantKey key, ReadOnlySpan<char> text, out TenantSetting setting)
    {
        setting = default;
        bool isResolution = key.Value == TenantValue.Resolution;
        int at = isResolution ? text.IndexOf(Cross) : text.IndexOf(Dots, StringComparison.Ordinal);
        ReadOnlySpan<char> first = at < 0 ? text : text[..at];
        ReadOnlySpan<char> second = at < 0 ? text : text[(at + (isResolution ? 1 : Dots.Length))..];
        if ((isResolution && at < 0)
            || !TryParseNumber(key.Value, first, out long low)
            || !TryParseNumber(key.Value, second, out long high))
        {
            return false;
        }

        setting = new TenantSetting(low, high);
        return true;
    }

    /// <summary>A setting as a scenario writes it.</summary>
    public static string Of(TenantKey key, in TenantSetting setting)
    {
        if (key.IsWord)
        {
            return setting.Word!;
        }

        string low = Number(key.Value, setting.Low);
        return key.Value == TenantValue.Resolution
            ? string.Create(CultureInfo.InvariantCulture, $"{setting.Low}{Cross}{setting.High}")
            : setting.Low == setting.High ? low : $"{low}{Dots}{Number(key.Value, setting.High)}";
    }

    /// <summary>What a value has to look like.</summary>
    public static string Shape(TenantKey key) => key.Value switch
    {
        TenantValue.Resolution => "WIDTHxHEIGHT, such as 1920x1080, each up to 65535",
        TenantValue.Time => $"a time or a range of times, such as 10ms or 1s..5s, {Bounds(key)}",
        TenantValue.Bytes => $"a size or a range of sizes, such as 64KiB or 16p..1MiB, {Bounds(key)}",
        _ => $"a number or a range, such as 4 or 4..8, {Bounds(key)}",
    };

    /// <summary>What a value is, in a word.</summary>
    public static string What(TenantKey key) => key.Value switch
    {
        TenantValue.Resolution => "resolution",
        TenantValue.Time => "time",
        TenantValue.Bytes => "size",
        _ => "number",
    };

    /// <summary>What was probably meant by a text that is no value; null where that is not clear.</summary>
    public static string? Repair(TenantKey key, string text) =>
        key.Value == TenantValue.Bytes ? NumberText.Repair(text) : null;

    /// <summary>The words that a value may be.</summary>
    public static ImmutableArray<string> Words(TenantKey key) => key.Value == TenantValue.Format
        ? [.. PixelFormat.All.Select(format => format.Name)]
        : TenantKey.PinTerms;

    private static string Bounds(TenantKey key) => $"{Number(key.Value, key.Low)} to {Number(key.Value, key.High)}";

    private static string Number(TenantValue value, long number) => value switch
    {
        TenantValue.Time => TimeText.Of(number),
        TenantValue.Bytes => ByteText.Of(number),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    private static bool TryParseNumber(TenantValue value, ReadOnlySpan<char> text, out long number) => value switch
    {
        TenantValue.Time => TimeText.TryParse(text, out number),
        TenantValue.Bytes => NumberText.TryParse(text, out number),
        _ => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number),
    };
}
