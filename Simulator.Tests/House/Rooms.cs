namespace DmaBufSim.Tests.House;

/// <summary>The rooms of the house, lowest first, and what each may use.</summary>
internal static class Rooms
{
    private static readonly string[] Base = ["Abi", "Engine", "Tracing"];

    private static readonly (string Room, string[] MayUse)[] Rows =
    [
        ("Abi", []),
        ("Engine", []),
        ("Tracing", ["Abi", "Engine"]),
        ("Memory", Base),
        ("Files", Base),
        ("Fences", [.. Base, "Files"]),
        ("Security", [.. Base, "Memory"]),
        ("Dma", [.. Base, "Memory", "Security"]),
        ("Buffers", [.. Base, "Memory", "Files", "Fences", "Security", "Dma"]),

        // A buffer is an open file: Files has its flags, and the request that its exporter gets with mmap.
        ("Heaps", [.. Base, "Memory", "Files", "Security", "Dma", "Buffers"]),
        ("Devices", [.. Base, "Fences", "Dma", "Buffers"]),
        ("Processes", [.. Base, "Memory", "Files", "Fences", "Security", "Dma", "Buffers", "Heaps"]),
        ("Machines", AllAbove("Machines")),
        ("Workloads", AllAbove("Workloads")),
        ("Checking", AllAbove("Checking")),
        ("Scenarios", AllAbove("Scenarios")),
        ("FieldLogs", [.. Base, "Memory"]),
        ("Hosting", AllAbove("Hosting")),
    ];

    /// <summary>Every room, lowest first.</summary>
    public static string[] All =>
    [
        "Abi", "Engine", "Tracing", "Memory", "Files", "Fences", "Security", "Dma", "Buffers", "Heaps", "Devices",
        "Processes", "Machines", "Workloads", "Checking", "Scenarios", "FieldLogs", "Hosting",
    ];

    /// <summary>Whether a room may use another; a room outside the table may use none.</summary>
    public static bool MayUse(string room, string other) =>
        room == other || Rows.Any(row => row.Room == room && row.MayUse.Contains(other));

    private static string[] AllAbove(string room) => All[..Array.IndexOf(All, room)];
}
