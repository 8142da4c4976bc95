namespace DmaBufSim.Scenarios.Verbs;

internal static partial class VerbList
{
    private static void AddSecure(List<Verb> verbs)
    {
        Parameter device = new("DEVICE", ParameterKind.Device);
        Parameter from = Offset with { Name = "FROM" };
        Parameter to = Offset with { Name = "TO" };
        Add(verbs, "copy", Produces.Nothing, [Attachment, from, Attachment with { Name = "c" }, to, Length],
            "A device copies bytes from one buffer that it has mapped to another.", "the device's DMA engine",
            SecureActions.Copy);
        Add(verbs, "ta_read", Produces.Nothing, [Buffer, Offset, Length],
            "The trusted application reads bytes.", "TEE_IOC_SHM_REGISTER_FD, TEE_IOC_INVOKE", SecureActions.TaRead,
            "first= fnv1a=");
        Add(verbs, "ta_write", Produces.Nothing, [Buffer, Offset, Length, Value with { Optional = true }],
            "The trusted application writes a byte over a range.", "TEE_IOC_SHM_REGISTER_FD, TEE_IOC_INVOKE",
            SecureActions.TaWrite);
        Add(verbs, "ta_copy", Produces.Nothing, [Buffer, from, Buffer with { Name = "d" }, to, Length],
            "The trusted application copies bytes from one buffer to another.",
            "TEE_IOC_SHM_REGISTER_FD, TEE_IOC_INVOKE", SecureActions.TaCopy);
        Add(verbs, "blend", Produces.Nothing, [Attachment, from, Attachment with { Name = "c" }, to, Length],
            "A device blends bytes of one buffer into those of another: half of each.", "the device's DMA engine",
            SecureActions.Blend);
        Add(verbs, "ta_blend", Produces.Nothing, [Buffer, from, Buffer with { Name = "d" }, to, Length],
            "The trusted application blends bytes of one buffer into those of another.",
            "TEE_IOC_SHM_REGISTER_FD, TEE_IOC_INVOKE", SecureActions.TaBlend);
        Add(verbs, "link", Produces.Nothing, [device, new("STATE", ParameterKind.LinkState)],
            "The link behind a device is protected from now on, or not any more.", "none: output protection, as HDCP",
            SecureActions.Link);
        Add(verbs, "teardown", Produces.Nothing, [Heap],
            "The use that a heap was for ends, whoever still holds its buffers.",
            "tee_device_put_all_dma_heaps(), or none", SecureActions.Teardown, "held=");
        Add(verbs, "stale_read", Produces.Nothing, [device, Offset, Length],
            "A device reads through the addresses that its driver gave back last.", "none: a bug of the driver",
            SecureActions.StaleRead, "first= fnv1a=");
        Add(verbs, "stale_write", Produces.Nothing, [device, Offset, Length, Value with { Optional = true }],
            "A device writes through the addresses that its driver gave back last.", "none: a bug of the driver",
            SecureActions.StaleWrite);
        Add(verbs, "protection", Produces.Nothing, [],
            "Prints what protection has cost so far, and whom it has stopped at which step.", "none",
            SecureActions.Show, "policy= guard= changes= ns= protected= padding= set_aside= violations=");
    }
}
